"""The rules of the firewall one by one: numbers, headers, texts, each with the honest ones that must pass."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gis.intake.firewall import inspect_text
from gis.intake.firewall_rules import DAMAGED, MASKED, MOBILE, OLD, PATTERN, RESIDENT, check_character, number_hits
from gis.intake.firewall_words import personal_header
from tests.unit.intake.invented_files import resident


def hits(*cells: str) -> dict[str, list[str]]:
    """Rule -> the cells that it hits."""
    found = number_hits(pa.array(cells, type=pa.large_string()))
    return {rule: [cells[i] for i in np.flatnonzero(mask)] for rule, mask in found.items()}


# ---- numbers


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_checksum_follows_the_standard(number: str) -> None:
    """The examples of GB 11643-1999 pass, and every other check character fails."""
    assert check_character(number[:17]) == number[17]
    for other in "0123456789X".replace(number[17], ""):
        assert RESIDENT not in hits(number[:17] + other)


def test_one_structured_number_in_eleven_passes_the_checksum() -> None:
    """The known false-positive rate: 1/11 of random numbers with a region and a date pass."""
    rng = np.random.default_rng(11643)
    days = rng.integers(0, 18_000, 20_000)
    cells = [
        f"330302{date(1960, 1, 1) + timedelta(days=int(d)):%Y%m%d}{s:03d}{'0123456789X'[c]}"
        for d, s, c in zip(days, rng.integers(0, 1000, 20_000), rng.integers(0, 11, 20_000), strict=True)
    ]
    found = hits(*cells)
    assert len(found[PATTERN]) == len(cells)
    assert abs(len(found[RESIDENT]) / len(cells) - 1 / 11) < 4 * (10 / 121 / len(cells)) ** 0.5


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        (RESIDENT, "11010519491231002X"),
        (RESIDENT, "11010519491231002x"),
        (RESIDENT, "１１０１０５１９４９１２３１００２Ｘ"),
        (RESIDENT, "110105 19491231 002X"),
        (RESIDENT, "110105-1949-12-31-002X"),
        (RESIDENT, "1\u200b10105194912\u200b31002X"),
        (RESIDENT, "身份证110105194912310 02X，张某"),
        (RESIDENT, "12 110105 19491231 002X"),
        (RESIDENT, "11010519491231002X.0"),
        (OLD, "110105491231002"),
        (OLD, "１１０１０５４９１２３１００２"),
        (OLD, "110105 49-12-31 002"),
        (MASKED, "330302********1234"),
        (MASKED, "330302＊＊＊＊＊＊＊＊1234"),
        (MASKED, "33****************"),
        (MASKED, "3303021990****123X"),
        (MASKED, "330302XXXXXXXX1234"),
        (DAMAGED, "3.30302E+17"),
        (DAMAGED, "3.30302199001011E+17"),
        (DAMAGED, "330302199001010000"),
        (DAMAGED, "３.30302Ｅ＋１７"),
        (MOBILE, "13812345678"),
        (MOBILE, "+86 138-1234-5678"),
        (MOBILE, "0086 13812345678"),
        (MOBILE, "8613812345678"),
        (MOBILE, "138-12345678"),
        (MOBILE, "1\u200b3812\u200b345678"),
        (MOBILE, "１３８１２３４５６７８"),
        (MOBILE, "电话：138 1234 5678（王）"),
        (MOBILE, "138****5678"),
    ],
)
def test_number_is_recognised(rule: str, cell: str) -> None:
    """Every disguise of a number is seen through."""
    assert rule in hits(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "990102001201001",  # an area code
        "330302001201001",  # one that reads as the date 00-12-01
        "91330302MA2XXXXX0X",  # a registration of a business
        "120.6512345678901234",
        "2024-01-01 2025-01-01",
        "1998-03-05 123",
        "08:00-12:00 13:30-17:30",
        "0000-8800001",
        "0577-88123456",
        "131 132 133 134",
        "1447363-20110216",
        "153-20130416",
        "23812345678",
        "138123456789",
        "110105194902310021",  # 31 February
        "QS-100-000123",
        "",
    ],
)
def test_honest_number_passes(cell: str) -> None:
    """Codes, coordinates, dates, hours, landlines and dates that do not exist are nobody's number."""
    assert not set(hits(cell)) - {PATTERN}


# ---- headers

HEADERS = tomllib.loads((Path(__file__).parent / "firewall_headers.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("header", ["孕 周", "id no.", *HEADERS["personal"].split()])
def test_personal_header_is_refused(header: str) -> None:
    """Headers about a person, in Chinese, English and pinyin, however they are written."""
    assert personal_header(header)


@pytest.mark.parametrize("header", HEADERS["honest"].split())
def test_honest_header_does_not_trip(header: str) -> None:
    """Words that only contain the letters of a personal word, and words about premises, are left alone."""
    assert not personal_header(header)


# ---- free text


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("孕妇张丽，住三楼", {"pregnancy-and-person"}),
        ("张小丽怀孕5个月", {"pregnancy-and-person"}),
        ("李梅（32岁，已怀孕）到访", {"pregnancy-and-person"}),
        ("产妇：陈芳", {"pregnancy-and-person"}),
        ("怀孕，电话13812345678", {MOBILE, "pregnancy-and-person"}),
        (f"引产 {resident(3)}", {RESIDENT, "pregnancy-and-person", "pregnancy-and-resident-number"}),
        (f"法人{resident(4)}", {RESIDENT}),
        ("孕妇学校每周三开课", set()),
        ("孕妇高危管理制度未上墙", set()),
        ("产妇和婴儿用品", set()),
        ("终止妊娠药品未登记销售去向", set()),
        ("王丽诊所门口公示栏缺失", set()),
        ("超声机 QS-A-0001 未张贴禁止性别鉴定警示", set()),
        ("", set()),
    ],
)
def test_text_with_a_person_is_recognised(text: str, rules: set[str]) -> None:
    """A pregnancy beside a name or a number is a person; a word about a service is not."""
    assert set(inspect_text(text)) == rules

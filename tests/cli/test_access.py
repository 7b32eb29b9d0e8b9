"""`wangge access table`: the contract's columns, PySAL's numbers, and one clear message for each bad file."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Final

import pytest

from tests.cli.test_clusters import Run, wangge
from tests.unit.analysis.access_reference import HOSPITAL

__all__ = ["wangge"]

DEMAND: Final = "cell,demand\n1,100\n2,50\n3,10\n4,7\n"
SUPPLY: Final = "site,capacity\n1,15\n2,20\n3,100\n"
TIMES: Final = "origin,destination,minutes\n" + "".join(
    f"{cell},{site},{minutes}\n" for (cell, site), minutes in HOSPITAL["fast inbound"].items()
)


def words(folder: Path, *, demand: str = DEMAND, supply: str = SUPPLY, times: str = TIMES) -> list[str]:
    """The three files written, and the command that names them."""
    command = ["access", "table"]
    for name, text in (("demand", demand), ("supply", supply), ("times", times)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        command += [f"--{name}", str(folder / f"{name}.csv")]
    return command


def test_the_columns_are_those_of_the_contract(wangge: Run, tmp_path: Path) -> None:
    """CSV with a row for each cell in the order of the file; an unreachable one has empty cells."""
    command = [*words(tmp_path), "--minutes", "61", "--weights", "power:-1"]
    result = wangge(*command, "--format", "csv")
    assert result.code == 0, result.err
    rows = list(csv.reader(io.StringIO(result.out)))
    assert rows[0] == ["cell", "access", "nearest_site", "nearest_minutes"]
    assert [float(row[1]) for row in rows[1:4]] == pytest.approx([0.43534022, 0.68372424, 5.72797661], rel=1e-8)
    assert rows[1][2:] == ["1", "1.0"]
    assert rows[4] == ["4", "", "", ""]
    cells = json.loads(wangge(*command, "--format", "json").out)["cells"]
    assert cells[3] == {"cell": "4", "access": None, "nearest_site": None, "nearest_minutes": None}
    assert "unreachable: 1" in wangge(*command).out


def test_every_option_is_heard(wangge: Run, tmp_path: Path) -> None:
    """Minutes, method, weights and choice change the answer."""

    def first(*more: str) -> float:
        result = wangge(*words(tmp_path), *more, "--format", "json")
        assert result.code == 0, result.err
        access: float = json.loads(result.out)["cells"][0]["access"]
        return access

    three = ("--minutes", "61", "--method", "3sfca", "--weights", "power:-1")
    assert first(*three) == pytest.approx(0.17381354292075435)
    answers = [
        *(first(), first("--minutes", "10"), first("--method", "e2sfca"), first("--weights", "gaussian")),
        *(first("--weights", "gaussian:5"), first("--weights", "step:10=1,30=0.5"), first(*three)),
        first(*three, "--choice", "catchment"),
    ]
    assert len(set(answers)) == len(answers)
    assert first("--weights", "step") == first()


def test_chinese_headers_and_gb18030_are_read(wangge: Run, tmp_path: Path) -> None:
    """As everywhere."""
    command = words(tmp_path)
    (tmp_path / "demand.csv").write_bytes(DEMAND.replace("cell,demand", "单元格,需求人数").encode("gb18030"))
    assert wangge(*command).code == 0


@pytest.mark.parametrize(
    ("files", "place", "remedy"),
    [
        ({"demand": "cell,demand\n1,-4\n"}, "demand.csv: Row 1, column demand", "below 0"),
        ({"demand": "cell,demand\n1,\n"}, "demand.csv: Row 1, column demand", "Fill it in"),
        ({"demand": "cell,demand\n1,many\n"}, "demand.csv: Row 1, column demand", "no number"),
        ({"demand": "cell,demand\n1,1\n1,1\n"}, "demand.csv: Row 2, column cell", "Keep one of them"),
        ({"demand": "cell,demand\n"}, "demand.csv", "no rows"),
        ({"demand": "cell\n1\n"}, "demand.csv: Column demand", "required column is missing"),
        ({"supply": "site,capacity\n1,0\n"}, "supply.csv: Row 1, column capacity", "leave the site out"),
        ({"supply": "site,capacity\n1,5\n1,5\n"}, "supply.csv: Row 2, column site", "Keep one of them"),
        ({"times": "origin,destination,minutes\n9,1,5\n"}, "times.csv: Row 1, column origin", "no cell of the demand"),
        ({"times": "origin,destination,minutes\n1,9,5\n"}, "times.csv: Row 1, column destination", "no site"),
        ({"times": "origin,destination,minutes\n1,4,5\n"}, "times.csv: Row 1, column destination", "exchange"),
        ({"times": "origin,destination,minutes\n1,1,nan\n"}, "times.csv: Row 1, column minutes", "."),
        ({"times": "origin,destination,minutes\n1,1,-5\n"}, "times.csv: Row 1, column minutes", "below 0"),
        ({"times": "origin,destination,minutes\n1,1,5\n1,1,6\n"}, "times.csv: Row 2, column origin", "Keep one"),
        ({"times": "origin,destination,minutes\n1,1,0\n"}, "times.csv: Row 1, column minutes", "power:-1:1"),
        ({"demand": "cell,demand,孕妇姓名\n1,1,王\n"}, "孕妇姓名", "Remove it"),
    ],
)
def test_a_bad_file_ends_with_one_clear_message(
    wangge: Run, tmp_path: Path, files: dict[str, str], place: str, remedy: str
) -> None:
    """File, row, column, remedy; status 3 (4 for personal data); nothing on stdout; no traceback."""
    result = wangge(*words(tmp_path, **files), "--weights", "power:-1")
    assert result.code == (4 if "孕妇" in files.get("demand", "") else 3), result.err
    assert place in result.err
    assert re.search(remedy, result.err)
    assert "Traceback" not in result.err
    assert result.out == ""


def test_all_problems_are_in_the_json(wangge: Run, tmp_path: Path) -> None:
    """One document, also for a file that was refused."""
    result = wangge(*words(tmp_path, demand="cell,demand\na,-1\nb,\n"), "--format", "json")
    assert result.code == 3
    assert [p["row"] for p in json.loads(result.out)["problems"]] == [1, 2]


@pytest.mark.parametrize("more", [("--weights", "wind"), ("--minutes", "0"), ("--minutes", "nan"), ("--method", "x")])
def test_words_that_mean_nothing_are_a_usage_error(wangge: Run, tmp_path: Path, more: tuple[str, str]) -> None:
    """Status 2, and what may be written instead."""
    result = wangge(*words(tmp_path), *more)
    assert result.code == 2
    assert "Traceback" not in result.err

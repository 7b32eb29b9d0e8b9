"""A campaign file: what is read from it, and the one clear error for what is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gis.errors import DataRejected, FirewallRefused, UsageError
from gis.services.campaigns.plan import clean_remark, make_plan, parse_plan, read_plan
from gis.settings import DATA
from gis.texts import use_language

GOOD: dict[str, Any] = {
    "code": "2026-a",
    "name": "超声设备专项行动",
    "launch_on": "2026-09-01",
    "action_on": "2026-09-15",
    "acceptance_on": "2026-11-15",
    "ends_on": "2026-12-15",
    "targets": [{"area": "A", "measure": "sessions", "target": 3}],
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are matched in English."""
    with use_language("en"):
        yield


def target(**values: Any) -> dict[str, Any]:
    """The good campaign with another target."""
    return {"targets": [{**GOOD["targets"][0], **values}]}


def test_the_demo_campaign_is_a_plan() -> None:
    """The file that comes with the demo is read whole."""
    plan = read_plan(DATA / "towns" / "demo" / "campaign.toml")
    assert plan.stages.launch_on.isoformat() == "2026-09-01"
    assert {t.measure for t in plan.targets} == {"sessions", "inspected", "rectified"}


def test_a_good_campaign_passes() -> None:
    """The control of the tests below."""
    assert make_plan(GOOD, source="x.toml").targets[0].target == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"colour": 1}, r"colour: a campaign has no such key"),
        ({"code": ""}, r"code: write a text"),
        ({"code": "a/b"}, r"code: write letters"),
        ({"code": "new"}, r"code: write letters"),
        ({"name": 7}, r"name: write a text"),
        ({"name": "x" * 201}, r"name: write at most"),
        ({"name": "x\x00y"}, r"name: write at most"),
        ({"launch_on": "1.9.2026"}, r"launch_on: write a day"),
        ({"action_on": "2026-09-01"}, r"action_on: 2026-09-01 must be after launch_on"),
        ({"ends_on": "2026-01-01"}, r"ends_on: 2026-01-01 must be after acceptance_on"),
        ({"targets": []}, r"targets: give at least one"),
        ({"targets": {"area": "A"}}, r"targets: give at least one"),
        ({"targets": [1]}, r"targets\[1\]: a target has exactly"),
        (target(who="x"), r"targets\[1\]: a target has exactly"),
        (target(measure="births"), r"targets\[1\]\.measure: choose one of sessions, inspected, rectified"),
        (target(measure=[]), r"targets\[1\]\.measure: choose one"),
        (target(target=0), r"targets\[1\]\.target: write a whole number"),
        (target(target=True), r"targets\[1\]\.target: write a whole number"),
        (target(target="3"), r"targets\[1\]\.target: write a whole number"),
        ({"targets": GOOD["targets"] * 2}, r"targets\[2\]: A has a target for sessions already"),
    ],
)
def test_a_bad_value_is_named(wrong: dict[str, Any], said: str) -> None:
    """The message names the file, the key or entry, and what to write."""
    with pytest.raises(DataRejected, match=rf"^plan\.toml, {said}.*Nothing was stored\.$"):
        make_plan({**GOOD, **wrong}, source="plan.toml")


@pytest.mark.parametrize(
    "name",
    [
        "孕产妇摸排行动",
        "降低出生人口性别比",
        "Birth target 2026",
        "pregnancy check",
        "二孩登记",
        "育龄妇女",
        "流产手术",
    ],
)
def test_a_campaign_about_births_or_pregnancies_is_refused(name: str) -> None:
    """Neither name nor code may speak of births, pregnancies or persons; the message holds no value."""
    with pytest.raises(FirewallRefused) as refused:
        make_plan({**GOOD, "name": name}, source="x")
    assert name not in refused.value.message


@pytest.mark.parametrize("name", ["超声设备专项行动", "计划生育技术服务机构检查", "诊所执业许可整治", "Clinics"])
def test_a_campaign_about_premises_passes(name: str) -> None:
    """The control: honest names are not refused."""
    assert make_plan({**GOOD, "name": name}, source="x").name == name


@pytest.mark.parametrize("text", ["联系 138 1234 5678", "身份证 11010519491231002X"])
def test_a_number_of_a_person_is_refused(text: str) -> None:
    """A mobile or resident number may stand neither in the name nor in the remark."""
    with pytest.raises(FirewallRefused):
        make_plan({**GOOD, "name": text}, source="x")
    with pytest.raises(FirewallRefused):
        clean_remark(text)


def test_a_remark_is_cleaned_and_bounded() -> None:
    """A blank remark is none; one too long or with a NUL is refused."""
    assert clean_remark("  \n") is None
    assert clean_remark(" 两行\n备注 ") == "两行\n备注"
    for text in ("x" * 2001, "a\x00b"):
        with pytest.raises(UsageError):
            clean_remark(text)


@pytest.mark.parametrize("content", [b"code = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_named(content: bytes) -> None:
    """The message names the file."""
    with pytest.raises(DataRejected, match=r"plan\.toml is no TOML"):
        parse_plan(content, source="plan.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file and a folder are refused like bad ones."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(DataRejected, match=path.name):
            read_plan(path)


def test_a_huge_file_is_not_parsed() -> None:
    """More than a megabyte is refused."""
    with pytest.raises(DataRejected, match="too large"):
        parse_plan(b"#" * 1_000_001, source="x.toml")

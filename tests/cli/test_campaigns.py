"""`wangge campaign`: one campaign from its file to its report, and what a bad file leaves behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.campaign_days import as_toml, plan
from tests.cli.conftest import Run

STREET = "990101001"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A campaign of the six-grid town that is in its acceptance."""
    path = tmp_path / "campaign.toml"
    path.write_text(as_toml(plan("acceptance", (STREET, "sessions", 2), (STREET, "inspected", 1))), encoding="utf-8")
    return path


def test_from_the_file_to_the_report(town: Run, answer: Callable[..., Any], file: Path, tmp_path: Path) -> None:
    """add, list, progress, accept and report work one after the other; the report's endings are what they say."""
    assert answer(town, "campaign", "add", file)["state"] == "acceptance"
    assert [row["code"] for row in answer(town, "campaign", "list")["items"]] == ["c-acceptance"]
    found = answer(town, "campaign", "progress", "c-acceptance")
    assert [(row["measure"], row["reached"]) for row in found["targets"]] == [("sessions", 0), ("inspected", 0)]
    assert answer(town, "campaign", "accept", "c-acceptance", "--remark", "已核对")["state"] == "accepted"
    for ending, begins in ((".pdf", b"%PDF-"), (".xlsx", b"PK")):
        out = tmp_path / f"report{ending}"
        assert town("campaign", "report", "c-acceptance", "--out", out)[0] == 0
        assert out.read_bytes().startswith(begins)
    out = tmp_path / "report.json"
    assert town("campaign", "report", "c-acceptance", "--out", out)[0] == 0
    assert json.loads(out.read_text(encoding="utf-8"))["remark"] == "已核对"


def test_a_table_names_states_and_measures(town: Run, file: Path) -> None:
    """For people the table says Acceptance and Sessions held."""
    town("campaign", "add", file)
    status, out, _err = town("campaign", "progress", "c-acceptance")
    assert status == 0
    assert "Acceptance" in out
    assert "Sessions held" in out


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (("sessions", "births"), 3, "targets[1].measure"),
        ((STREET, "999"), 3, "targets[1].area"),
        (("target = 2", "target = 0"), 3, "targets[1].target"),
        (("code =", "kode ="), 3, "kode"),
        (("超声设备", "孕妇"), 4, "name"),
        (("[[targets]]", "[[targets"), 3, "campaign.toml is no TOML"),
    ],
)
def test_a_bad_file_stores_nothing(town: Run, file: Path, change: tuple[str, str], status: int, said: str) -> None:
    """One error that names the place; nothing is listed afterwards."""
    file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    got, out, err = town("campaign", "add", file)
    assert (got, out) == (status, "")
    assert said in err
    assert json.loads(town("campaign", "list", "--format", "json")[1])["total"] == 0


def test_a_refused_report_writes_no_file(town: Run, tmp_path: Path) -> None:
    """An unknown ending or campaign leaves no file."""
    for words in (("none", "x.docx"), ("none", "x.pdf")):
        assert town("campaign", "report", words[0], "--out", tmp_path / words[1])[0] == 2
    assert list(tmp_path.iterdir()) == []

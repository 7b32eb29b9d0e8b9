"""`wangge checklists` on the command line."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gis.tables import SEVERITIES
from tests.cli.conftest import Run
from tests.unit.checklists.copies import copy, edit_cell, edit_toml

Ask = Callable[..., Any]


def test_the_list_tells_each_version_with_its_items_by_severity(wangge: Run, answer: Ask) -> None:
    """JSON has both titles, CSV the same numbers, the table the title in the reader's language."""
    found = answer(wangge, "checklists", "list")["checklists"]
    assert [row["code"] for row in found] == ["clinic", "pharmacy", "ultrasound-room"]
    assert found[2]["title"] == {"zh": "超声室检查表", "en": "Ultrasound room"}
    assert found[2]["kinds"][0] == "超声室"
    status, out, _err = wangge("checklists", "list", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [{name: int(row[name]) for name in SEVERITIES} for row in rows] == [row["items"] for row in found]
    status, out, _err = wangge("checklists", "list")
    assert status == 0
    assert "Pharmacy" in out


def test_show_has_severity_and_legal_basis_of_each_item(wangge: Run, answer: Ask) -> None:
    """The newest version without --version; a version or a code that there is not is named, exit 2."""
    found = answer(wangge, "checklists", "show", "pharmacy")
    assert found["version"] == "1"
    item = next(item for item in found["items"] if item["name"] == "no_termination_medicines")
    assert item["severity"] == "critical"
    assert "第9号" in item["legal_basis"]
    assert answer(wangge, "checklists", "show", "pharmacy", "--version", "1") == found
    status, out, _err = wangge("checklists", "show", "pharmacy")
    assert status == 0
    assert "no_termination_medicines: Critical" in out
    status, out, _err = wangge("checklists", "show", "pharmacy", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == len(found["items"])
    for words in (("pharmacy", "--version", "7"), ("bakery",)):
        status, out, err = wangge("checklists", "show", *words)
        assert (status, out) == (2, "")
        assert "pharmacy 1" in err


def test_check_passes_what_ships(wangge: Run, answer: Ask) -> None:
    """Without a folder it is data/checklists."""
    assert len(answer(wangge, "checklists", "check")["checklists"]) == 3


def test_check_ends_with_the_status_of_the_fault(wangge: Run, tmp_path: Path) -> None:
    """2 for a rule of reading, 3 for ODK Validate, 4 for a question about a person; each names the file."""
    cases: dict[int, Callable[[Path], object]] = {
        2: lambda folder: edit_toml(folder, '"serious"', '"grave"'),
        3: lambda folder: edit_cell(folder, "", "instance_name", "nonsense(1)", sheet="settings"),
        4: lambda folder: edit_cell(folder, "serials_seen", "label::中文 (zh)", "孕妇姓名"),
    }
    for expected, spoil in cases.items():
        folder = copy(tmp_path / str(expected))
        spoil(folder)
        status, out, err = wangge("checklists", "check", folder.parent)
        assert (status, out) == (expected, ""), err
        assert str(folder) in err.replace("\n", "")

"""`wangge gaps inspections` on the command line."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_outreach import VISITS, write

Ask = Callable[..., Any]
OWN = 'due_soon_days = 60\n[interval_days]\ndefault = 100\n"诊所" = 30\n'


@pytest.fixture
def inspected(town: Run, answer: Ask, tmp_path: Path) -> Run:
    """The six-grid town with two inspections."""
    answer(town, "import", "inspections", write(tmp_path, "inspections.csv", VISITS))
    return town


def test_gaps_name_premises_by_when_they_are_due(inspected: Run, answer: Ask, tmp_path: Path) -> None:
    """With a policy of one's own: overdue, due soon, never, and a clinic before its neighbours."""
    policy = write(tmp_path, "own.toml", OWN)
    found = answer(inspected, "gaps", "inspections", "--on", "2025-12-31", "--policy", policy)
    assert found["policy"]["interval_days"] == {"default": 100, "诊所": 30}
    assert found["overdue"] == [{"facility": "F2", "due_on": "2025-12-04", "days": 27}]
    assert found["due_soon"] == [{"facility": "F1", "due_on": "2026-02-11", "days": 42}]
    assert found["never"] == ["F3", "F4", "F5"]
    district = found["by_area"][0]
    assert [district[key] for key in ("area", "registered", "found", "inspected", "overdue")] == ["990101", 5, 2, 2, 1]
    assert district["share"] == 0.4
    assert 0.11 < district["low"] < 0.4 < district["high"] < 0.77
    assert {row["rule"] for row in found["checks"]} <= {
        "no-qualified-operator",
        "equipment-unregistered",
        "licence-lapsed",
    }


def test_before_anything_was_inspected_all_are_never(inspected: Run, answer: Ask) -> None:
    """An inspection counts from its day on, not before; the policy that ships needs no naming."""
    found = answer(inspected, "gaps", "inspections", "--on", "2025-11-02")
    assert found["never"] == ["F1", "F2", "F3", "F4", "F5"]
    assert found["overdue"] == found["due_soon"] == []


def test_csv_has_the_areas_and_the_table_all_parts(inspected: Run) -> None:
    """CSV is one row an area; the table tells each list and each rule in words."""
    status, out, _err = inspected("gaps", "inspections", "--on", "2025-12-31", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [row["registered"] for row in rows[:2]] == ["5", "5"]
    status, out, _err = inspected("gaps", "inspections", "--on", "2025-12-31", "--lang", "en")
    assert status == 0
    assert "Never inspected: 3" in out
    assert "(no-qualified-operator)" in out


def test_a_policy_that_cannot_be_read_is_a_usage_error(inspected: Run, tmp_path: Path) -> None:
    """Exit status 2, one line that names file and key, nothing on stdout."""
    policy = write(tmp_path, "own.toml", "[interval_days]\ndefault = 'soon'\n")
    status, out, err = inspected("gaps", "inspections", "--policy", policy)
    assert (status, out) == (2, "")
    assert "own.toml" in err
    assert "interval_days.default" in err
    assert "Traceback" not in err

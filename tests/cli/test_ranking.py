"""`wangge rank` on the command line."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run
from tests.cli.test_outreach import write

Ask = Callable[..., Any]
VISITS = """code,facility_code,inspected_on,checklist,inspectors,result,clerical,minor,serious,critical
I1,F1,2025-03-03,,O1;O2,fail,0,1,0,2
I2,F2,2025-09-04,,O1,pass,0,2,0,0
I3,F3,2025-10-04,,O1,fail,0,2,1,1
"""


def test_the_list_has_the_columns_of_the_contract(town: Run, answer: Ask, tmp_path: Path) -> None:
    """CSV and JSON have the same rows, by rank; ranks within an officer's list are 1, 2, 3 ... of that list."""
    answer(town, "import", "inspections", write(tmp_path, "inspections.csv", VISITS))
    status, out, _err = town("rank", "--on", "2025-12-31", "--format", "csv")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0])[:5] == ["facility", "score", "rank", "rank_in_officer_list", "reasons"]
    assert [row["facility"] for row in rows[:2]] == ["F1", "F3"]
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    assert "critical findings in the last 12 months: 2" in rows[0]["reasons"]
    held: dict[str, list[int]] = {}
    for row in rows:
        held.setdefault(row["officer"], []).append(int(row["rank_in_officer_list"]))
    assert all(places == list(range(1, len(places) + 1)) for places in held.values())
    found = answer(town, "rank", "--on", "2025-12-31")
    assert [item["facility"] for item in found["items"]] == [row["facility"] for row in rows]
    assert found["chosen"] == "plain_sum"


def test_a_visit_counts_from_the_next_day(town: Run, answer: Ask, tmp_path: Path) -> None:
    """Before anything was seen there is no score, and the day of a visit does not know it yet."""
    answer(town, "import", "inspections", write(tmp_path, "inspections.csv", VISITS))
    found = answer(town, "rank", "--on", "2025-03-03")
    assert {item["score"] for item in found["items"]} == {None}
    assert {item["past_critical"] for item in answer(town, "rank", "--on", "2025-03-04")["items"]} == {0, 2}


def test_the_report_is_told_in_three_forms(town: Run, answer: Ask) -> None:
    """JSON is whole, CSV is the orders, the table says what a score means."""
    found = answer(town, "rank", "report", "--on", "2025-12-31")
    assert {"chosen", "why", "meaning", "orders", "calibration", "worse_off", "weights"} <= set(found)
    status, out, _err = town("rank", "report", "--format", "csv")
    assert status == 0
    assert [row["order"] for row in csv.DictReader(io.StringIO(out))] == [row["order"] for row in found["orders"]]
    status, out, _err = town("rank", "report")
    assert status == 0
    assert "it is no proof" in out
    assert town("rank")[0] == 0


def test_a_day_that_is_none_is_a_usage_error(town: Run) -> None:
    """Exit status 2, nothing on stdout."""
    status, out, err = town("rank", "--on", "tomorrow")
    assert (status, out) == (2, "")
    assert "tomorrow" in err

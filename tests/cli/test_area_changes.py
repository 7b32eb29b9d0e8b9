"""Changes of areas from the command line, through the real store: what follows, history, and undo."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.cli.conftest import Run

Ask = Callable[..., Any]
NORTH = ("990101001201001", "990101001201002")
MERGED = "990101001201009"


@pytest.fixture
def merged(town: Run, tmp_path: Path) -> Run:
    """The town after two grids of different officers were merged on 2026-02-01."""
    file = tmp_path / "merge.csv"
    file.write_text(f"old_code,code,name\n{';'.join(NORTH)},{MERGED},北合格\n", encoding="utf-8")
    # Make the two grids answer to different officers first.
    duty = tmp_path / "duty.csv"
    duty.write_text(
        f"officer_code,target_kind,target_code,role,valid_from,valid_to\nO3,area,{NORTH[1]},primary,2026-01-15,\n",
        encoding="utf-8",
    )
    (tmp_path / "end.csv").write_text(
        "officer_code,target_kind,target_code,role,valid_from,valid_to\n"
        f"O2,area,{NORTH[1]},primary,2024-01-01,2026-01-15\n",
        encoding="utf-8",
    )
    assert town("import", "assignments", tmp_path / "end.csv")[0] == 0
    status, _out, err = town("import", "assignments", duty)
    assert status == 0, err
    status, _out, err = town("areas", "merge", file, "--on", "2026-02-01")
    assert status == 0, err
    return town


def test_merge_leaves_both_officers_until_somebody_decides(merged: Run, answer: Ask, tmp_path: Path) -> None:
    """The merged area is doubled with both officers; a new assignment settles it."""
    doubled = answer(merged, "gaps", "responsibility", "--on", "2026-03-01")["doubled"]
    assert [(row["target"], row["officers"], row["from"]) for row in doubled] == [(MERGED, ["O2", "O3"], "2026-02-01")]
    decision = tmp_path / "decision.csv"
    decision.write_text(
        f"officer_code,target_kind,target_code,role,valid_from,valid_to\nO1,area,{MERGED},primary,2026-02-01,\n",
        encoding="utf-8",
    )
    assert merged("import", "assignments", decision)[0] == 0
    assert answer(merged, "gaps", "responsibility", "--on", "2026-03-01")["doubled"] == []
    assert answer(merged, "who", MERGED, "--on", "2026-03-01")["chain"][0]["officer"] == "O1"


def test_history_keeps_both_sides(merged: Run, answer: Ask) -> None:
    """Before the day the old grids are in force, after it the new one, and the history names both."""
    assert answer(merged, "who", NORTH[0], "--on", "2026-01-31")["chain"][0]["officer"] == "O2"
    assert merged("who", NORTH[0], "--on", "2026-02-01")[0] == 2
    versions = answer(merged, "areas", "history", MERGED)["versions"]
    assert {row["code"] for row in versions} == {*NORTH, MERGED}


def test_undo_brings_the_old_grids_back(merged: Run, answer: Ask) -> None:
    """After the undo the old grids answer to their officers again; in between the merge stands."""
    assert merged("areas", "undo", "1", "--on", "2026-04-01")[0] == 0
    gaps = {day: answer(merged, "gaps", "responsibility", "--on", day) for day in ("2026-01-20", "2026-04-01")}
    for key in ("vacant", "doubled", "holes", "overlaps", "outside", "orphans", "workload"):
        assert gaps["2026-01-20"][key] == gaps["2026-04-01"][key], key
    assert answer(merged, "who", MERGED, "--on", "2026-03-31")["chain"][0]["level"] == "grid"
    assert merged("who", MERGED, "--on", "2026-04-01")[0] == 2


def test_old_and_new_series(merged: Run, answer: Ask, tmp_path: Path) -> None:
    """Totals are kept when a series is carried to the new areas."""
    file = tmp_path / "values.csv"
    file.write_text(f"area_code,value\n{NORTH[0]},30\n{NORTH[1]},50\n990101001202001,7\n", encoding="utf-8")
    items = answer(merged, "areas", "series", file, "--from", "2026-01-01", "--to", "2026-03-01")["items"]
    assert {row["area_code"]: row["value"] for row in items} == {MERGED: 80.0, "990101001202001": 7.0}


def test_importing_the_old_file_again_changes_nothing(merged: Run, answer: Ask) -> None:
    """The file from before the change does not bring the old areas back."""
    from tests.cli.conftest import town_file

    report = answer(merged, "import", "areas", town_file("areas"))
    assert (report["unchanged"], report["inserted"], report["changed"]) == (10, 0, 0)


def test_split_by_polygons(town: Run, answer: Ask, tmp_path: Path) -> None:
    """The parts of a split have the officer of the whole, and its facilities lie in one of them."""
    west, middle, east, south, north = 120.650, 120.6505, 120.651, 28.001, 28.002
    parts = {"990101001201007": (west, middle), "990101001201008": (middle, east)}
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code, "old_code": NORTH[0]},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[a, south], [b, south], [b, north], [a, north], [a, south]]],
            },
        }
        for code, (a, b) in parts.items()
    ]
    file = tmp_path / "split.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    crosswalk = answer(town, "areas", "split", file, "--on", "2026-02-01")["crosswalk"]
    assert sum(row["weight_area"] for row in crosswalk) == pytest.approx(1)
    for code in parts:
        assert answer(town, "who", code, "--on", "2026-02-01")["chain"][0]["officer"] == "O2"
    assert answer(town, "gaps", "responsibility", "--on", "2026-02-01")["orphans"] == ["F5"]


def test_recode_keeps_the_officer(town: Run, answer: Ask, tmp_path: Path) -> None:
    """A new code for the same ground has the same officer, and the facility of the old code follows."""
    file = tmp_path / "recode.csv"
    file.write_text("old_code,code\n990101001202002,990101001202012\n", encoding="utf-8")
    assert town("areas", "recode", file, "--on", "2026-02-01")[0] == 0
    assert answer(town, "who", "990101001202012", "--on", "2026-02-01")["chain"][0]["officer"] == "O3"


def test_bad_change_changes_nothing(town: Run, answer: Ask, tmp_path: Path) -> None:
    """A split whose parts leave ground uncovered is refused, naming row and column."""
    file = tmp_path / "split.csv"
    rows = ["old_code,code,name,geometry"]
    for code, west, east in (("990101001201007", 120.65, 120.6502), ("990101001201008", 120.6508, 120.651)):
        rows.append(f'{NORTH[0]},{code},{code},"{shapely.box(west, 28.001, east, 28.002).wkt}"')
    file.write_text("\n".join(rows), encoding="utf-8")
    before = answer(town, "areas", "list")
    status, out, err = town("areas", "split", file, "--on", "2026-02-01")
    assert (status, out) == (3, "")
    assert "split.csv" in err
    assert "column geometry" in err
    assert answer(town, "areas", "list") == before


def test_grids_are_made_once(wangge: Run, answer: Ask, tmp_path: Path) -> None:
    """A village without grids is divided into numbered cells from the north-west; a second time is refused."""
    file = tmp_path / "areas.csv"
    file.write_text(
        "code,name,level,parent_code,geometry\n"
        '990109,区,district,,"POLYGON((120 28,120.01 28,120.01 28.01,120 28.01,120 28))"\n'
        '990109001,街道,street,990109,"POLYGON((120 28,120.01 28,120.01 28.01,120 28.01,120 28))"\n'
        '990109001201,村,village,990109001,"POLYGON((120 28,120.01 28,120.01 28.01,120 28.01,120 28))"\n',
        encoding="utf-8",
    )
    assert wangge("import", "areas", file)[0] == 0
    made = answer(wangge, "areas", "grid", "990109001201", "--cell-m", "100")
    assert made["codes"][0] == "990109001201001"
    assert made["grids"] == 120, "10 columns of 98.6 m and 12 rows of 92.4 m, the last of each clipped"
    gaps = answer(wangge, "gaps", "responsibility")
    assert (gaps["holes"], gaps["overlaps"], gaps["outside"]) == ([], [], [])
    assert wangge("areas", "grid", "990109001201", "--cell-m", "200")[0] == 3

"""`wangge demand`: the contract's columns, Helsinki's grid of residents alone, and one clear message for bad input."""

import csv
import io
import json
from pathlib import Path

import pytest

from gis.settings import DATA, ROOT
from gis.tables import WOMEN
from tests.cli.test_clusters import Run, wangge

__all__ = ["wangge"]

TOWN = DATA / "towns" / "demo"
GRID = ROOT.parent / "shared" / "data" / "helsinki" / "population_grid.gpkg"
COLUMNS = {"cell", "area_code", "demand", "low", "high", "births", "visits_1", "visits_2", "visits_3", "hours"}
HEAD = "cell,lon,lat,population," + ",".join(WOMEN) + "\n"
DEMO = ("--population", str(TOWN / "population.csv"), "--areas", str(TOWN / "areas.geojson"))


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Three cells inside the demo district, one of them without ages."""
    file = tmp_path / "cells.csv"
    rows = [
        "A,120.35,28.62,500,10,12,15,20,17,16,19",
        "B,120.355,28.62,400,8,9,12,16,14,13,15",
        "C,120.36,28.62,900,,,,,,,",
    ]
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_files_in_and_a_file_out(wangge: Run, tmp_path: Path) -> None:
    """Cells, areas and births give a table with the agreed columns; births of a street are its registered total."""
    out = tmp_path / "demand.csv"
    births = ("--births", str(TOWN / "births.csv"))
    result = wangge("demand", "table", *DEMO, *births, "--out", str(out), "--format", "json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert set(rows[0]) >= COLUMNS
    assert len(rows) > 500
    assert [row["area_code"] for row in found["reported"] if row["differs"]] == ["990102103"]
    registered = {row["area_code"]: row["registered"] for row in found["reported"]}
    street = sum(float(row["births"]) for row in rows if row["area_code"].startswith("990102100"))
    assert street == pytest.approx(registered["990102100"], rel=1e-3)
    assert all(float(row["low"]) <= float(row["demand"]) <= float(row["high"]) for row in rows)


def test_what_demand_writes_access_reads(wangge: Run, tmp_path: Path, cells: Path) -> None:
    """The file goes on into `access table` as it is."""
    out, supply, times = tmp_path / "demand.csv", tmp_path / "supply.csv", tmp_path / "times.csv"
    wangge("demand", "table", "--population", str(cells), "--out", str(out))
    codes = [row["cell"] for row in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))]
    supply.write_text("site,capacity\nS,10\n", encoding="utf-8")
    rows = "".join(f"{code},S,12\n" for code in codes)
    times.write_text(f"origin,destination,minutes\n{rows}", encoding="utf-8")
    files = ("--demand", str(out), "--supply", str(supply), "--times", str(times))
    result = wangge("access", "table", *files, "--minutes", "30", "--format", "csv")
    assert result.code == 0, result.err
    assert [row["cell"] for row in csv.DictReader(io.StringIO(result.out))] == codes


def test_csv_without_a_file(wangge: Run, cells: Path) -> None:
    """Without --out the rows go to standard output, and what a reader must know to standard error."""
    result = wangge("demand", "table", "--population", str(cells), "--format", "csv")
    assert result.code == 0, result.err
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert {row["cell"] for row in rows} == {"A", "B", "C"}
    assert "not counted by age: 1" in result.err


def test_dwellings_stand_in_for_a_grid(wangge: Run) -> None:
    """Areas alone are enough where their dwellings are known, and the answer says so."""
    result = wangge("demand", "table", "--areas", str(TOWN / "areas.geojson"), "--format", "json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert sum(row["population"] for row in found["cells"]) > 500_000
    assert any("2.62" in note for note in found["notes"])


def test_totals_of_areas_are_spread_over_dwellings(wangge: Run, tmp_path: Path) -> None:
    """Residents of streets go to the grids inside them; a row that cannot be is one clear message."""
    file = tmp_path / "totals.csv"
    words = ("demand", "table", "--totals", str(file), "--areas", str(TOWN / "areas.geojson"), "--format", "json")
    file.write_text("区域编码,常住人口\n990102001,150000\n990102101,24000\n", encoding="utf-8")
    result = wangge(*words)
    assert result.code == 0, result.err
    cells = json.loads(result.out)["cells"]
    assert sum(row["population"] for row in cells) == pytest.approx(174_000)
    assert {row["area_code"][:9] for row in cells} == {"990102001", "990102101"}
    rows = {"990102999,5": "990102999", "990102001,-5": "below 0", "990102001,5\n990102001,5": "twice", ",5": "lacks"}
    for row, said in rows.items():
        file.write_text(f"area_code,population\n{row}\n", encoding="utf-8")
        result = wangge(*words)
        assert (result.code, said in result.err) == (3, True), result.err
    assert wangge(*words, "--population", str(TOWN / "population.csv")).code == 3


@pytest.mark.real_data
@pytest.mark.skipif(not GRID.exists(), reason="the grid of Helsinki is not on this machine")
def test_helsinki_has_residents_only(wangge: Run) -> None:
    """A grid of squares with residents alone works: ages are the policy's, which is said; nobody is lost."""
    result = wangge("demand", "table", "--population", str(GRID), "--format", "json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert sum(row["merged"] for row in found["cells"]) == 92
    assert min(row["population"] for row in found["cells"]) >= 100
    assert any("not counted by age: 92" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A,120.35,28.62,-5,,,,,,,", "Row 1, column population"),
        ("A,120.35,28.62,,1,1,1,1,1,1,1", "Row 1, column population"),
        ("A,120.35,28.62,nan,1,1,1,1,1,1,1", "no number"),
        ("A,120.35,28.62,5,1,1,1,1,1,1,1", "7.0 women and 5.0 residents"),
        ("A,120.35,28.62,50,1,1,1,1,1,1,", "all seven"),
        ("A,,28.62,50,,,,,,,", "no point"),
        ("A,120.35,28.62,50,,,,,,,\nA,120.36,28.62,50,,,,,,,", "stands in row 1 too"),
        ("A,10.35,48.62,50,,,,,,,", "outside every area"),
    ],
)
def test_bad_cells_are_one_clear_message(wangge: Run, cells: Path, line: str, said: str) -> None:
    """Whatever cannot be is said with row, column and remedy; nothing comes out."""
    cells.write_text(HEAD + line + "\n", encoding="utf-8")
    words = ("demand", "table", "--population", str(cells), "--areas", str(TOWN / "areas.geojson"))
    result = wangge(*words, "--format", "json")
    assert result.code == 3
    assert said in result.err
    assert json.loads(result.out)["problems"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("990102001,2023-13,5,5", "no period of whole months"),
        ("990102001,2023-05-01,5,5", "no period of whole months"),
        ("990102999,2023,5,5", "area 990102999"),
        ("990102001,2023,900000,5", "more births a year than women"),
        ("990102001,2023,500,500\n990102001,2023-01..2023-12,5,5", "stands in row 1 too"),
        ("990102001,2023,-5,5", "Row 1, column boys"),
        ("990102001,2023,5.5,5", "no whole number"),
    ],
)
def test_bad_births_are_one_clear_message(wangge: Run, tmp_path: Path, line: str, said: str) -> None:
    """Periods are strict, areas known, counts whole, never above the women who live there."""
    file = tmp_path / "births.csv"
    file.write_text("area_code,period,boys,girls\n" + line + "\n", encoding="utf-8")
    result = wangge("demand", "table", *DEMO, "--births", str(file))
    assert result.code == 3
    assert said in result.err


def test_words_that_do_not_fit(wangge: Run, tmp_path: Path, cells: Path) -> None:
    """Nothing to model from, births without areas, an ending nobody writes, a policy with a rate over 1."""
    assert wangge("demand", "table").code == 3
    assert wangge("demand", "table", "--population", str(cells), "--births", str(TOWN / "births.csv")).code == 3
    assert wangge("demand", "table", "--population", str(cells), "--out", str(tmp_path / "x.txt")).code == 2
    policy = tmp_path / "p.toml"
    shipped = (DATA / "policies" / "demand.toml").read_text(encoding="utf-8")
    policy.write_text(shipped.replace("women_25_29 = 0.09266", "women_25_29 = 85"), encoding="utf-8")
    result = wangge("demand", "table", "--population", str(cells), "--policy", str(policy))
    assert (result.code, "women_25_29" in result.err) == (2, True)


def test_a_column_about_a_person_is_refused(wangge: Run, cells: Path) -> None:
    """The firewall reads these files like all others: nothing of a file with a personal column is kept."""
    cells.write_text("cell,lon,lat,population,孕周\nA,120.35,28.62,500,12\n", encoding="utf-8")
    assert wangge("demand", "table", "--population", str(cells)).code == 4

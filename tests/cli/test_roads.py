"""`wangge roads` on the command line: an extract is taken into use, times are tabulated, nonsense is refused."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from gis.analysis.travel.times import Matrix
from gis.errors import DataRejected
from gis.services.travel import files as travel_files
from gis.services.travel import times as travel
from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.cli.conftest import TINY, Run
from tests.unit.road_town import LAT, LON, PER_LAT, PER_LON, STREET, Positions, Ways, write_osm

Ask = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def town_extract(folder: Path, *, share: float = 1.0) -> Path:
    """Streets in a lattice over the six-grid town, or over its western part."""
    west, south, east, north = gpd.read_file(TINY / "areas.geojson").total_bounds
    east = west + share * (east - west)
    x = (np.linspace(west - 0.001, east + 0.001, 12) - LON) * PER_LON
    y = (np.linspace(south - 0.001, north + 0.001, 12) - LAT) * PER_LAT
    nodes: Positions = {100 * i + j + 1: (float(x[i]), float(y[j])) for i in range(12) for j in range(12)}
    ways: Ways = {n + 1: ([100 * n + j + 1 for j in range(12)], STREET) for n in range(12)}
    ways |= {n + 50: ([100 * i + n + 1 for i in range(12)], STREET) for n in range(12)}
    return write_osm(folder / "town.osm", nodes, ways)


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_times_on_the_roads_in_use(town: Run, answer: Ask, home: Path, tmp_path: Path) -> None:
    """Taken into use once, reported with what it covers; the table has the contract's columns, the cut is kept."""
    used = answer(town, "roads", "use", town_extract(tmp_path))
    assert (used["in_use"], used["file"], used["covered"], used["note"]) == (True, "town.osm", 1.0, "")
    assert used["facilities_near"] == used["facilities"] == 5
    assert answer(town, "roads", "status") == used
    out = tmp_path / "times.csv"
    report = answer(town, "roads", "times", "--from", "F1,F2", "--to", "F2,F1,F3", "--out", out)
    rows = read_csv(out)
    assert list(rows[0]) == ["origin", "destination", "minutes"]
    assert (report["pairs"], report["left_out"], report["straight_line"], report["off"]) == (6, 0, False, [])
    times = {(row["origin"], row["destination"]): float(row["minutes"]) for row in rows}
    assert times["F1", "F1"] == 0
    assert times["F1", "F2"] == pytest.approx(times["F2", "F1"])
    assert times["F1", "F2"] > 0
    cut = ("--minutes", times["F1", "F2"] + 0.01)
    report = answer(town, "roads", "times", "--from", "F1,F2", "--to", "F2,F1,F3", "--out", out, *cut)
    assert {float(row["minutes"]) <= times["F1", "F2"] + 0.01 for row in read_csv(out)} == {True}
    assert home.is_dir()


def test_files_of_places(town: Run, answer: Ask, home: Path, tmp_path: Path) -> None:
    """A file of facilities or of cells serves as either side; its other columns are not read; one is refused."""
    answer(town, "roads", "use", town_extract(tmp_path))
    facilities = read_csv(TINY / "facilities.csv")
    cells = tmp_path / "cells.csv"
    first = facilities[0]
    cells.write_text(f"cell,lon,lat,population\nC1,{first['lon']},{first['lat']},12\n", encoding="utf-8")
    out = tmp_path / "times.csv"
    answer(town, "roads", "times", "--from", cells, "--to", TINY / "facilities.csv", "--mode", "drive", "--out", out)
    rows = read_csv(out)
    assert {row["origin"] for row in rows} == {"C1"}
    assert next(row for row in rows if row["destination"] == first["code"])["minutes"] == "0.0"
    cells.write_text("cell,lon,lat,patient\nC1,120,28,A\n", encoding="utf-8")
    status, _out, err = town("roads", "times", "--from", cells, "--to", "F1", "--out", tmp_path / "other.csv")
    assert (status in (3, 4), "patient" in err or "personal" in err) == (True, True)
    assert not (tmp_path / "other.csv").exists()


def test_without_roads_the_plan_says_so(town: Run, answer: Ask, home: Path, tmp_path: Path) -> None:
    """Straight lines times the factor, marked in the report and said on the terminal."""
    out = tmp_path / "times.csv"
    report = answer(town, "roads", "times", "--from", "F1", "--to", "F2", "--out", out)
    assert report["straight_line"]
    assert "straight lines times 1.36 on foot" in report["note"]
    status, _out, err = town("roads", "times", "--from", "F1", "--to", "F2", "--out", out)
    assert (status, "No roads are in use" in err) == (0, True)
    status, _out, err = town("roads", "status")
    assert (status, "No roads are in use" in err) == (0, True)


def test_an_extract_that_does_not_cover_the_district(town: Run, answer: Ask, home: Path, tmp_path: Path) -> None:
    """Refused with the share, and what was in use stays; --partial takes it, and then places that are off are named."""
    little = town_extract(tmp_path, share=0.1)
    status, _out, err = town("roads", "use", little)
    assert status == 3
    assert "does not cover the district" in err
    assert not answer(town, "roads", "status")["in_use"]
    used = answer(town, "roads", "use", little, "--partial")
    assert 0 < used["covered"] < 0.5
    assert "% of the district's area" in used["note"]
    far = tmp_path / "far.csv"
    far.write_text("code,lon,lat\nX1,121.5,29.5\n", encoding="utf-8")
    out = tmp_path / "times.csv"
    status, _out, err = town("roads", "times", "--from", "F1,F2,F3,F4,F5", "--to", far, "--out", out)
    assert (status, out.exists()) == (3, False)
    assert "does not cover these places" in err
    assert "X1" in err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("use", "{none}.osm.pbf"), 3, "does not exist"),
        (("use", "{text}"), 3, "no readable OpenStreetMap extract"),
        (("times", "--from", "F1", "--to", "NOWHERE", "--out", "{out}"), 2, "No facility NOWHERE"),
        (("times", "--from", "", "--to", "F1", "--out", "{out}"), 2, "No facility"),
        (("times", "--from", "F1", "--to", "{twice}", "--out", "{out}"), 3, "Row 2: the code is missing or stands"),
        (("times", "--from", "F1", "--to", "{empty}", "--out", "{out}"), 3, "Row 1: the place has no point"),
        (("times", "--from", "F1", "--to", "F2", "--out", "{out}.xyz"), 2, "unknown ending"),
        (("times", "--from", "F1", "--to", "F2", "--out", "{out}", "--minutes", "-1"), 2, "-1"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    town: Run, home: Path, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    """With the right exit status, and nothing written."""
    files = {name: tmp_path / f"{name}.csv" for name in ("out", "twice", "empty", "none")} | {
        "text": tmp_path / "t.osm"
    }
    files["text"].write_text("<html/>", encoding="utf-8")
    files["twice"].write_text("code,lon,lat\nA,120.65,28.0\nA,120.66,28.0\n", encoding="utf-8")
    files["empty"].write_text("code,lon,lat\nA,,\n", encoding="utf-8")
    found, _out, err = town("roads", *(word.format(**files) for word in words))
    assert (found, said in err) == (status, True), err
    assert not files["out"].exists()
    assert not (home / "roads").exists()


def test_matrices_are_kept_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question is answered from the disk, another one is not; damage is measured anew; old ones make room."""
    extract = town_extract(tmp_path)
    workspace = Workspace(Settings(home=tmp_path / "home", roads=extract, lang="en"))
    places = [[120.6505, 28.0015], [120.6525, 28.0025]]
    first = travel.measure_times(workspace, places, places, mode="walk")
    folder = tmp_path / "home" / travel.MATRICES
    assert [path.suffix for path in folder.iterdir()] == [".npz"]
    monkeypatch.setattr(travel, "measure_roads", lambda *_a, **_k: pytest.fail("measured again"))
    again = travel.measure_times(workspace, np.array(places), places, mode="walk")
    assert (again.minutes == first.minutes).all()
    monkeypatch.undo()
    travel.measure_times(workspace, places, places, mode="drive")
    travel.measure_times(workspace, places, places[:1], mode="walk", cut_minutes=5)
    kept = sorted(folder.iterdir())
    assert len(kept) == 3
    for path in kept:
        path.write_bytes(b"damaged")
    assert (travel.measure_times(workspace, places, places, mode="walk").minutes == first.minutes).all()
    monkeypatch.setattr(travel_files, "MATRICES_BYTES", 4000)
    for number in range(8):
        travel_files.save_matrix(folder, str(number), Matrix(np.zeros((5, 5)), np.zeros((5, 5)), False, "walk"))
    assert 1 <= len(list(folder.iterdir())) < 4
    workspace.close()


def test_the_setting_names_an_extract(tmp_path: Path) -> None:
    """It goes first; a way along its roads has a line; a name of nothing is refused."""
    workspace = Workspace(Settings(home=tmp_path / "home", roads=town_extract(tmp_path), lang="en"))
    way = travel.find_path(workspace, (120.6505, 28.0015), (120.6525, 28.0025), "walk")
    assert way is not None
    assert len(way.line.coords) > 2
    assert (
        way.minutes
        == travel.measure_times(workspace, [[120.6505, 28.0015]], [[120.6525, 28.0025]], mode="walk").minutes.item()
    )
    workspace.close()
    nothing = Workspace(Settings(home=tmp_path / "home", roads=tmp_path / "none.osm", lang="en"))
    with pytest.raises(DataRejected, match="WANGGE_ROADS"):
        travel.measure_times(nothing, [], [], mode="walk")
    nothing.close()
    without = Workspace(Settings(home=tmp_path / "bare", lang="en"))
    straight = travel.find_path(without, (120.0, 28.0), (120.01, 28.0), "drive")
    assert straight is not None
    assert list(straight.line.coords) == [(120.0, 28.0), (120.01, 28.0)]
    without.close()

"""`wangge gaps access` and `wangge map access`: on the six-grid town, and on the real centre of Helsinki."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from gis.settings import ROOT
from tests.cli.conftest import Run
from tests.store.test_access import write_population

HELSINKI = ROOT.parent / "shared" / "data" / "helsinki"
NEEDS_HELSINKI = pytest.mark.skipif(not HELSINKI.is_dir(), reason="the Helsinki data is not beside this repository")


@pytest.fixture
def peopled(town: Run, tmp_path: Path) -> Run:
    """The six-grid town with residents."""
    file = write_population(tmp_path, ("C1", 120.6505, 28.0015, 20000), ("C2", 120.6525, 28.0005, 10000))
    status, _out, err = town("import", "population", file)
    assert status == 0, err
    return town


def test_every_format_has_each_area_with_an_interval(peopled: Run, answer: Callable[..., Any]) -> None:
    """JSON is one document; CSV has a row an area with the ends of the interval; the table names the limits."""
    found = answer(peopled, "gaps", "access", "--on", "2024-06-30")
    assert set(found) >= {"on", "known", "policy", "mode", "by_area", "sites", "cells", "notes", "straight_line"}
    street = next(row for row in found["by_area"] if row["area"] == "990101001")
    assert street["low"] < street["demand"] < street["high"]
    assert set(street["beyond_30"]) == {"people", "low", "high", "share"}
    status, out, _err = peopled("gaps", "access", "--on", "2024-06-30", "--format", "csv")
    assert status == 0
    rows = list(csv.DictReader(out.splitlines()))
    assert {row["area"] for row in rows} == {row["area"] for row in found["by_area"]}
    assert float(next(r for r in rows if r["area"] == "990101001")["beyond_30_high"]) == street["beyond_30"]["high"]
    status, out, err = peopled("gaps", "access", "--level", "street", "--mode", "drive")
    assert status == 0
    assert ">30 min" in out
    assert "straight lines" in err


def test_what_cannot_be_is_one_message(peopled: Run, tmp_path: Path) -> None:
    """An unknown level, a policy that is none, an ending that is no page; nothing is written."""
    file = tmp_path / "own.toml"
    file.write_text("[kinds.clinic]\nvisits_a_week = -1\n", encoding="utf-8")
    weights = tmp_path / "weights.toml"
    weights.write_text('[method]\nweights = "magic"\n[kinds."医院"]\nvisits_a_week = 1\n', encoding="utf-8")
    for words, named in (
        (("--level", "planet"), "district"),
        (("--policy", file), "visits_a_week: -1"),
        (("--policy", weights), "magic"),
        (("--policy", tmp_path / "none.toml"), "none.toml"),
    ):
        status, _out, err = peopled("gaps", "access", "--on", "2024-06-30", *words)
        assert (status, named in err) == (2, True), err
        assert "Traceback" not in err
    status, _out, _err = peopled("map", "access", "--out", tmp_path / "map.pdf")
    assert status == 2
    assert not (tmp_path / "map.pdf").exists()


def test_an_empty_database_is_an_answer(wangge: Run, answer: Callable[..., Any], tmp_path: Path) -> None:
    """No areas, no residents, no premises: nothing is out of reach, and what is missing is said."""
    found = answer(wangge, "gaps", "access")
    assert found["by_area"] == []
    assert any("No population" in note for note in found["notes"])
    assert wangge("map", "access", "--out", tmp_path / "map.html")[0] == 0


def write_helsinki(folder: Path) -> dict[str, Path]:
    """The centre as a district of two halves, and its health points as premises."""
    west, south, east, north = 24.905, 60.154, 24.960, 60.177
    middle = (west + east) / 2
    halves = {"HEL1": shapely.box(west, south, middle, north), "HEL2": shapely.box(middle, south, east, north)}
    rows: list[tuple[str, str, str, str | None, shapely.Polygon]]
    rows = [("HEL", "Keskusta", "district", None, shapely.box(west, south, east, north))]
    rows += [(code, code, "street", "HEL", shape) for code, shape in halves.items()]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "level": level, "parent_code": parent},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, name, level, parent, shape in rows
    ]
    areas = folder / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    premises = folder / "facilities.csv"
    points = json.loads((HELSINKI / "health_points.geojson").read_text(encoding="utf-8"))["features"]
    with premises.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["code", "name", "kind", "lon", "lat", "hours"])
        for point in points:
            about = point["properties"]
            kind = about["amenity"] or about["healthcare"] or "other"
            lon, lat = point["geometry"]["coordinates"]
            table.writerow([about["osm_id"], about["name"] or kind, kind, lon, lat, about["opening_hours"] or ""])
    return {"areas": areas, "facilities": premises, "population": HELSINKI / "population_grid.gpkg"}


@pytest.mark.real_data
@NEEDS_HELSINKI
def test_a_new_user_walks_through_helsinki(
    wangge: Run, answer: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Areas, premises, residents, roads, gaps, map: on real streets nobody of the centre is 60 minutes away on foot."""
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "home"))
    for kind, file in write_helsinki(tmp_path).items():
        status, _out, err = wangge("import", kind, file, "--datum", "wgs84")
        assert status == 0, err
    straight = answer(wangge, "gaps", "access")
    assert wangge("roads", "use", HELSINKI / "centre.osm.pbf", "--partial")[0] == 0
    found = answer(wangge, "gaps", "access")
    assert straight["straight_line"]["walk"]
    assert not found["straight_line"]["walk"]
    assert found["sites"]["by_kind"] == {"clinic": 4, "doctors": 3}
    district, *halves = found["by_area"]
    assert district["demand"] > 100
    assert district["demand"] == pytest.approx(sum(row["demand"] for row in halves), abs=0.3)
    assert district["beyond_60"]["people"] - district["unreachable"]["people"] == 0
    assert district["by_mode"]["drive"]["beyond_30"]["people"] == district["by_mode"]["drive"]["unreachable"]["people"]
    page = tmp_path / "map.html"
    status, out, err = wangge("map", "access", "--out", page, "--format", "json")
    assert status == 0, err
    assert json.loads(out)["facilities"] == 7
    assert '"straight":{"walk":false,"drive":false}' in page.read_text(encoding="utf-8")

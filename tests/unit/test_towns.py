"""The invented towns are what their READMEs say: every planted fault is there, and no other."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.crs import area_m2
from gis.intake.firewall import inspect
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.settings import DATA, ROOT

TOWNS = DATA / "towns"
KINDS = ("areas", "officers", "assignments", "facilities", "licences", "equipment", "operators")
EVENTS = ("outreach", "inspections", "population", "births")
SLIVER_M2 = 0.01

Town = dict[str, Any]


def load(town: str) -> Town:
    """All tables of a town, text as text."""
    folder = TOWNS / town
    tables: Town = {k: pd.read_csv(folder / f"{k}.csv", dtype=str) for k in KINDS if k != "areas"}
    return {**tables, "areas": gpd.read_file(folder / "areas.geojson")}


@pytest.fixture(scope="module", params=["tiny", "demo"])
def town(request: pytest.FixtureRequest) -> tuple[Town, Town]:
    """A town and the faults that its maker wrote down."""
    tables = load(request.param)
    if request.param == "demo":
        return tables, json.loads((TOWNS / "demo" / "faults.json").read_text(encoding="utf-8"))
    village = "990101001201"
    return tables, {
        "on": "2026-03-01",
        "vacant": [f"{village}003"],
        "holes": [{"parent": village, "area_m2": 2180.1}],
        "overlaps": [{"a": "990101001202001", "b": "990101001202002", "area_m2": 1090.0}],
        "outside": [{"child": "990101001202003", "parent": "990101001202", "area_m2": 1090.0}],
        "orphans": ["F5"],
    }


def squares(shapes: Any) -> Any:
    """Square metres to one decimal."""
    return np.round(area_m2(np.asarray(shapes, dtype=object)), 1)


def children(areas: gpd.GeoDataFrame) -> Any:
    """Every area with its children."""
    return areas.groupby("parent_code")


def test_holes_are_those_listed(town: tuple[Town, Town]) -> None:
    """What the children of an area leave open is exactly the listed holes."""
    areas = town[0]["areas"].set_index("code")
    rest = {p: shapely.difference(areas.geometry[p], shapely.union_all(c.geometry)) for p, c in children(areas)}
    found = [
        {"parent": p, "area_m2": a} for p, a in zip(rest, squares(list(rest.values())), strict=True) if a > SLIVER_M2
    ]
    assert found == town[1]["holes"]


def test_overlaps_are_those_listed(town: tuple[Town, Town]) -> None:
    """Areas of one level share ground only where it is listed."""
    areas = town[0]["areas"].sort_values("code", ignore_index=True)
    found = []
    for _level, group in areas.groupby("level"):
        one, two = shapely.STRtree(group.geometry.to_numpy()).query(group.geometry.to_numpy(), predicate="intersects")
        pairs = [(group.iloc[i], group.iloc[j]) for i, j in zip(one, two, strict=True) if i < j]
        shared = squares([shapely.intersection(a.geometry, b.geometry) for a, b in pairs])
        found += [
            {"a": a.code, "b": b.code, "area_m2": m} for (a, b), m in zip(pairs, shared, strict=True) if m > SLIVER_M2
        ]
    assert sorted(found, key=lambda f: f["a"]) == town[1]["overlaps"]


def test_outsides_are_those_listed(town: tuple[Town, Town]) -> None:
    """Areas stick out of their parents only where it is listed."""
    areas = town[0]["areas"].sort_values("code").set_index("code")
    below = areas[areas["parent_code"].notna()]
    over = squares(shapely.difference(below.geometry.to_numpy(), areas.geometry[below["parent_code"]].to_numpy()))
    found = [
        {"child": c, "parent": p, "area_m2": m}
        for c, p, m in zip(below.index, below["parent_code"], over, strict=True)
        if m > SLIVER_M2
    ]
    assert found == town[1]["outside"]


@pytest.mark.parametrize("day", ["2026-03-01", "2026-12-31"])
def test_vacant_areas_are_those_listed(town: tuple[Town, Town], day: str) -> None:
    """On the day of the list and later, exactly the listed areas have no primary, and none has two."""
    a = town[0]["assignments"]
    now = a[(a["valid_from"] <= day) & ~(a["valid_to"] <= day) & (a["role"] == "primary")]
    assert sorted(set(town[0]["areas"]["code"]) - set(now["target_code"])) == town[1]["vacant"]
    assert now["target_code"].is_unique


def test_orphans_are_those_listed(town: tuple[Town, Town]) -> None:
    """Exactly the listed facilities lie in no grid; all others lie inside the grid that they claim."""
    areas, facilities = town[0]["areas"], town[0]["facilities"]
    grids = areas[areas["level"] == "grid"].reset_index(drop=True)
    points = shapely.points(facilities[["lon", "lat"]].astype(float).to_numpy())
    point, grid = shapely.STRtree(grids.geometry.to_numpy()).query(points, predicate="within")
    located = pd.Series(grids["code"].to_numpy()[grid], index=point).groupby(level=0).agg(list)
    orphans = facilities.loc[~facilities.index.isin(located.index), "code"]
    assert sorted(orphans) == town[1]["orphans"]
    claimed = facilities["area_code"].dropna()
    assert all(code in located[i] for i, code in claimed.items())


def test_timeline_has_no_two_primaries(town: tuple[Town, Town]) -> None:
    """A period of a primary ends before the next one of the same target begins, and none ends before it starts."""
    a = town[0]["assignments"]
    a = a[a["role"] == "primary"].sort_values(["target_code", "valid_from"])
    following = a.groupby("target_code")["valid_from"].shift(-1)
    assert (a["valid_to"].isna() | (a["valid_from"] < a["valid_to"])).all()
    assert (following.isna() | (a["valid_to"] <= following)).all()


def test_references_hold(town: tuple[Town, Town]) -> None:
    """Every code that a table names exists, and natural keys are unique."""
    t = town[0]
    assert t["assignments"]["officer_code"].isin(t["officers"]["code"]).all()
    targets = pd.concat([t["areas"]["code"], t["facilities"]["code"]])
    assert t["assignments"]["target_code"].isin(targets).all()
    for kind in ("licences", "equipment", "operators"):
        assert t[kind]["facility_code"].isin(t["facilities"]["code"]).all()
    assert t["areas"]["code"].is_unique
    assert t["facilities"]["code"].is_unique
    assert not t["equipment"].duplicated(["serial", "facility_code"]).any()
    assert not t["licences"].duplicated(["facility_code", "number"]).any()


@pytest.mark.parametrize(
    ("name", "kind"), [*((name, kind) for name in ("tiny", "demo") for kind in KINDS), *(("demo", k) for k in EVENTS)]
)
def test_firewall_has_nothing_to_say(name: str, kind: str) -> None:
    """The towns hold no number, word or shape of a person: not even a warning."""
    path = TOWNS / name / (f"{kind}.geojson" if kind == "areas" else f"{kind}.csv")
    assert inspect(read_file(path, load_source(kind)), load_source(kind)) == ()


def test_demo_has_the_promised_size() -> None:
    """About 10 streets, 120 villages, 1,500 grids, 600 facilities, 150 officers, under 5 MB; only grids have faults."""
    demo = load("demo")
    levels = demo["areas"]["level"].value_counts()
    assert (levels["district"], levels["street"], levels["village"]) == (1, 10, 120)
    assert 1400 <= levels["grid"] <= 1600
    assert (len(demo["facilities"]), len(demo["officers"])) == (600, 150)
    assert sum(p.stat().st_size for p in (TOWNS / "demo").rglob("*")) < 5_000_000
    for level in ("street", "village"):
        assert shapely.coverage_is_valid(demo["areas"].loc[demo["areas"]["level"] == level, "geometry"].to_numpy())
    assert demo["areas"].is_valid.all()


def test_demo_readme_says_invented() -> None:
    """Nobody can take the demo district for a real one."""
    text = (TOWNS / "demo" / "README.md").read_text(encoding="utf-8")
    assert "本区纯属虚构" in text
    assert "invented" in text
    assert demo_phones().str.startswith("0000-").all()


def demo_phones() -> pd.Series:
    """Telephone numbers of the demo officers."""
    return pd.Series(load("demo")["officers"]["work_phone"])


def test_merge_joins_neighbours_of_two_officers() -> None:
    """Each merge is the union of two grids in one village that two officers answer for on that day."""
    demo = load("demo")
    faults = json.loads((TOWNS / "demo" / "faults.json").read_text(encoding="utf-8"))
    change = gpd.read_file(TOWNS / "demo" / "changes" / "merge.geojson")
    shapes = demo["areas"].set_index("code").geometry
    a = demo["assignments"]
    now = a[a["valid_to"].isna() & (a["role"] == "primary")].set_index("target_code")["officer_code"]
    for new, expected in zip(change.itertuples(), faults["doubled_after_merge"], strict=True):
        old = new.old_code.split(";")
        assert new.geometry.equals(shapely.union_all(shapes[old].to_numpy()))
        assert (new.code, old) == (expected["target"], expected["old"])
        assert new.code not in shapes.index
        assert sorted(now[old]) == expected["officers"]
        assert len(set(expected["officers"])) == 2
        assert {c[:12] for c in old} == {new.parent_code}


def test_premises_faults_are_those_listed() -> None:
    """Lapsed licences, serials in two places and ultrasound without an operator are exactly those listed."""
    demo = load("demo")
    faults = json.loads((TOWNS / "demo" / "faults.json").read_text(encoding="utf-8"))
    day = faults["on"]
    last = demo["licences"].groupby("facility_code")["valid_to"].max()
    assert sorted(last.index[last <= day]) == faults["licence_lapsed"]
    machines = demo["equipment"]
    held = machines[~(machines["valid_to"] <= day)].groupby("serial")["facility_code"].nunique()
    assert sorted(held.index[held > 1]) == faults["equipment_in_two_places"]
    scanning = set(demo["operators"].loc[demo["operators"]["qualification"] == "超声诊断", "facility_code"])
    assert sorted(set(machines["facility_code"]) - scanning) == faults["no_qualified_operator"]


def test_missed_outreach_is_what_is_listed() -> None:
    """Counted by the digits of the codes: exactly the listed streets and villages had no session in the 180 days."""
    demo, folder = load("demo"), TOWNS / "demo"
    listed = json.loads((folder / "faults.json").read_text(encoding="utf-8"))["outreach"]
    sessions = pd.read_csv(folder / "outreach.csv", dtype=str)
    assert len(sessions) == 240
    assert sessions["code"].is_unique
    assert sessions["area_code"].isin(demo["areas"]["code"]).all()
    age = (pd.Timestamp(listed["on"]) - pd.to_datetime(sessions["held_on"])).dt.days
    recent = sessions[(age >= 0) & (age < listed["days"])]
    for level, digits in (("street", 9), ("village", 12)):
        held = {code[:digits] for code in recent["area_code"] if len(code) >= digits}
        every = demo["areas"].loc[demo["areas"]["level"] == level, "code"]
        assert sorted(set(every) - held) == listed["without"][level]
    assert len(listed["without"]["street"]) == 2
    assert (age >= 0).all()


def test_demo_inspections_are_of_open_facilities() -> None:
    """Seven facilities in ten were inspected, each while it was open, and the result follows from what was found."""
    folder, facilities = TOWNS / "demo", load("demo")["facilities"].set_index("code")
    visits = pd.read_csv(folder / "inspections.csv", dtype=str)
    assert visits["code"].is_unique
    assert 0.65 <= visits["facility_code"].nunique() / len(facilities) <= 0.7
    place = facilities.loc[visits["facility_code"]].reset_index()
    assert (place["valid_from"] <= visits["inspected_on"]).all()
    assert (place["valid_to"].isna() | (visits["inspected_on"] < place["valid_to"])).all()
    assert set(visits.loc[visits["critical"] != "0", "result"]) == {"fail"}
    assert set(visits["result"]) == {"pass", "conditions", "fail"}


def test_demo_comes_out_of_its_generator(tmp_path: Path) -> None:
    """The same seed gives the committed files again (coordinates to the last place but one)."""
    subprocess.run([sys.executable, "-m", "tests.towns.make_demo", str(tmp_path)], cwd=ROOT, check=True)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.*"))
    assert len(made) == 13
    for name in made:
        if name.suffix == ".geojson":
            new, old = gpd.read_file(tmp_path / name), gpd.read_file(TOWNS / "demo" / name)
            assert shapely.equals_exact(new.geometry.to_numpy(), old.geometry.to_numpy(), tolerance=2e-7).all()
            pd.testing.assert_frame_equal(new.drop(columns="geometry"), old.drop(columns="geometry"))
        else:
            assert (tmp_path / name).read_text("utf-8") == (TOWNS / "demo" / name).read_text("utf-8")

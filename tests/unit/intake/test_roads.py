"""Extracts of OpenStreetMap: what becomes of them, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataRejected
from gis.intake.readers.osm import NODE_TAGS, WAY_TAGS
from gis.intake.roads import read_roads
from gis.intake.roads_tags import read_access, read_barriers, read_oneway
from gis.roads import BY_CLASS, CLOSED, OPEN
from gis.settings import ROOT
from gis.texts import use_language
from tests.unit.road_town import BLOCK, STREET, Tags, Ways, at, block, read_town, write_osm

Make = Callable[[Path], Path]
HELSINKI = ROOT.parent / "shared" / "data" / "helsinki" / "centre.osm.pbf"


def way(**tags: str) -> pd.DataFrame:
    """One way with these tags; `_` stands for the colon."""
    found = {key.replace("_Q_", ":"): value for key, value in tags.items()}
    return pd.DataFrame([{tag: found.get(tag) for tag in WAY_TAGS}], dtype="str")


def node(**tags: str) -> pd.DataFrame:
    """One node with these tags."""
    return pd.DataFrame([{tag: tags.get(tag) for tag in NODE_TAGS}], dtype="str")


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_an_extract_becomes_nodes_and_segments(tmp_path: Path, name: str) -> None:
    """Ways are cut where they meet; what lies between is shape; houses, names and what is not a road are left out."""
    town = BLOCK | {5: (100, 0), 6: (400, 400), 7: (100, 20), 8: (200, -100)}
    ways = block() | {
        12: ([1, 5, 2], STREET | {"name": "Secret"}),
        60: ([6, 7, 6], {"building": "yes"}),
        28: ([2, 8], {"highway": "footway"}),
    }
    turn = (
        '<relation id="1" version="1"><member type="way" ref="12" role="from"/><member type="node" ref="2" role="via"/>'
        '<member type="way" ref="23" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/>'
        '</relation><relation id="2" version="1"><member type="way" ref="12" role="from"/><member type="way" ref="23" '
        'role="via"/><member type="way" ref="34" role="to"/><tag k="restriction" v="no_u_turn"/></relation>'
    )
    tags: dict[int, Tags] = {2: {"highway": "traffic_signals"}}
    found = read_roads(write_osm(tmp_path / name, town, ways, tags=tags, relations=turn))
    network = found.network
    assert (found.ways, found.incomplete, found.restrictions, found.unread) == (5, 0, 1, 1)
    assert (len(network.nodes), len(network.segments)) == (5, 5)
    assert sorted(network.segments["length_m"].round()) == [100, 200, 200, 200, 200]
    assert np.diff(network.shape_start)[(network.segments["way"] == 12).to_numpy()].tolist() == [3]
    lights = network.nodes[network.nodes["signals"]]
    assert lights[["lon", "lat"]].to_numpy()[0] == pytest.approx(at(200, 0), abs=1e-6)
    turns = network.turns.iloc[0]
    assert network.segments["way"][[turns["from_segment"], turns["to_segment"]]].tolist() == [12, 23]
    assert not turns["only"]


def test_a_way_that_leaves_the_extract_ends_where_it_does() -> None:
    """Nodes that are not in the file cut a way; the rest of it stays, and the report counts it."""
    found = read_town(BLOCK | {5: (300, 0)}, block() | {12: ([1, 99, 2, 5], STREET)})
    assert found is not None
    assert found.incomplete == 1
    assert sorted(found.network.segments["length_m"].round()) == [100, 200, 200, 200]


@pytest.mark.parametrize(
    ("tags", "foot", "cars"),
    [
        ({"highway": "residential"}, BY_CLASS, BY_CLASS),
        ({"access": "private"}, CLOSED, CLOSED),
        ({"access": "private", "foot": "yes"}, OPEN, CLOSED),
        ({"access": "no", "motorcar": "yes"}, CLOSED, OPEN),
        ({"access": "destination"}, BY_CLASS, BY_CLASS),
        ({"vehicle": "no"}, BY_CLASS, CLOSED),
        ({"vehicle": "no", "motor_vehicle": "destination"}, BY_CLASS, OPEN),
        ({"motorroad": "yes"}, CLOSED, BY_CLASS),
        ({"service": "emergency_access"}, BY_CLASS, CLOSED),
        ({"oneway": "reversible"}, BY_CLASS, CLOSED),
        ({"motor_vehicle": "conditional=yes @ (Mo-Fr)"}, BY_CLASS, BY_CLASS),
    ],
)
def test_the_narrowest_tag_says_who_may_go(tags: dict[str, str], foot: int, cars: int) -> None:
    """A tag for one mode goes before the general one; what is not known closes nothing."""
    assert [int(said[0]) for said in read_access(way(**tags))] == [foot, cars]


@pytest.mark.parametrize(
    ("tags", "cars", "foot"),
    [
        ({}, 0, 0),
        ({"oneway": "yes"}, 1, 0),
        ({"oneway": "-1"}, -1, 0),
        ({"junction": "roundabout"}, 1, 0),
        ({"highway": "motorway"}, 1, 0),
        ({"highway": "motorway", "oneway": "no"}, 0, 0),
        ({"oneway": "yes", "oneway_Q_motor_vehicle": "no"}, 0, 0),
        ({"oneway_Q_foot": "yes"}, 0, 1),
    ],
)
def test_directions(tags: dict[str, str], cars: int, foot: int) -> None:
    """One way for vehicles binds no walkers; roundabouts and motorways are it without being told."""
    assert [int(said[0]) for said in read_oneway(way(**tags))] == [cars, foot]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({}, 0),
        ({"barrier": "gate"}, 0),
        ({"barrier": "bollard"}, 1),
        ({"barrier": "bollard", "bollard": "rising"}, 0),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, 0),
        ({"barrier": "gate", "access": "private"}, 2),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, 1),
    ],
)
def test_barriers(tags: dict[str, str], code: int) -> None:
    """1 stops cars, 2 stops walkers too."""
    assert read_barriers(node(**tags)).tolist() == [code]


def damaged(make: Callable[[bytes], bytes]) -> Make:
    """A maker of a PBF file that something happened to."""

    def write(folder: Path) -> Path:
        many = {n: (float(n % 300), float(n // 300)) for n in range(1, 20_000)}
        ways: Ways = {n: ([n, n + 1], STREET) for n in range(1, 19_000)}
        path = write_osm(folder / "town.osm.pbf", many, ways)
        cut = folder / "cut.osm.pbf"
        cut.write_bytes(make(path.read_bytes()))
        return cut

    return write


def text(name: str, content: str) -> Make:
    """A maker of a text file."""

    def write(folder: Path) -> Path:
        (folder / name).write_text(content, encoding="utf-8")
        return folder / name

    return write


BOMB = '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
BAD: dict[str, tuple[Make, str]] = {
    "cut off": (damaged(lambda content: content[: len(content) * 2 // 3]), "no readable OpenStreetMap extract"),
    "one byte": (damaged(lambda c: c[:3000] + b"\xff\xff\xff" + c[3003:]), "no readable OpenStreetMap extract"),
    "a zip": (damaged(lambda _content: b"PK\x03\x04" + bytes(500)), "no readable OpenStreetMap extract"),
    "a table": (text("town.osm", "code,lon,lat\nA,1,2\n"), "no readable OpenStreetMap extract"),
    "other XML": (text("town.osm", "<kml><Document/></kml>"), "no readable OpenStreetMap extract"),
    "entities": (text("town.osm", f'<?xml version="1.0"?>{BOMB}<osm version="0.6">&b;</osm>'), "OpenStreetMap extract"),
    "empty": (text("town.osm", ""), "is empty"),
    "no roads": (
        lambda folder: write_osm(folder / "town.osm", BLOCK, {1: ([1, 2], {"building": "yes"})}),
        "holds no roads",
    ),
    "roads of nothing": (
        lambda folder: write_osm(folder / "town.osm", {}, {1: ([1, 2], STREET)}),
        "holds no roads",
    ),
    "another ending": (text("town.csv", "x"), "unknown ending. Use one of .pbf, .osm"),
    "missing": (lambda folder: folder / "none.osm.pbf", "does not exist"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_extract_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    """The file is named, and what to do about it; control: the file as it was is read."""
    make, words = BAD[what]
    file = make(tmp_path)
    with use_language("en"), pytest.raises(DataRejected, match=words) as refused:
        read_roads(file)
    assert file.name in refused.value.message
    if what == "cut off":
        assert len(read_roads(tmp_path / "town.osm.pbf").network.segments) > 15_000


@pytest.mark.real_data
def test_helsinki() -> None:
    """The centre of Helsinki: thousands of segments, restrictions at nodes, no motorways, limits where signs say so."""
    if not HELSINKI.is_file():
        pytest.skip("the Helsinki extract is not beside this repository")
    found = read_roads(HELSINKI)
    assert (found.restrictions, found.unread) == (42, 3)
    assert 5_000 < len(found.network.segments) < 6_000
    assert found.network.segments["kmh"].dropna().isin([5, 10, 20, 30, 40, 50]).all()
    assert found.network.bounds == pytest.approx((24.935, 60.164, 24.953, 60.179), abs=0.002)

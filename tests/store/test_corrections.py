"""Corrections of the map: who may propose and decide what, and what an accepted one does to the map."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import Engine, text

from gis.crs import to_datum
from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound
from gis.roles import SYSTEM, Actor
from gis.services.areas import corrections
from gis.services.areas.responsibility import find_gaps
from gis.services.workspace import Workspace, today
from gis.store import access
from tests.api.awkward import square
from tests.api.people import make_account
from tests.store.importing import periods, read_all

VILLAGE, NEIGHBOUR, FACILITY = "330302001001", "330302001002", "F1"
LARGER = square(0, 0, 2.5)


@pytest.fixture
def leader(engine: Engine, workspace: Workspace) -> Actor:
    """The leader of one village only: no policy lets everything through."""
    return make_account(engine, "village leader", "leader", "L02")


@pytest.fixture
def officer(engine: Engine, workspace: Workspace) -> Actor:
    """A grid officer of the same village."""
    return make_account(engine, "grid officer", "officer", "L02")


def geojson(shape: shapely.Geometry) -> dict[str, Any]:
    """GeoJSON of a shape."""
    return dict(json.loads(shapely.to_geojson(shape)))


def propose(workspace: Workspace, actor: Actor, **values: Any) -> dict[str, Any]:
    """A proposal that is fine but for what the test says."""
    fine: dict[str, Any] = {"id": str(uuid4()), "kind": "boundary", "target": VILLAGE, "geometry": geojson(LARGER)}
    return corrections.propose(workspace, actor, **(fine | values))


def actions(engine: Engine) -> list[str]:
    """What the audit has of corrections and changes, in order."""
    with engine.begin() as connection:
        found = connection.execute(text("SELECT action FROM audit ORDER BY number")).scalars().all()
    return [action for action in found if action.startswith(("corrections", "areas"))]


def test_proposal_is_stored_once(workspace: Workspace, officer: Actor, engine: Engine) -> None:
    """The same correction sent twice has one record, one audit row and one receipt."""
    number = str(uuid4())
    receipts = [propose(workspace, officer, id=number, note="界线画错") for _ in range(2)]
    assert receipts[0] == receipts[1]
    rows, total = corrections.list_corrections(workspace, officer)
    assert (total, rows[0]["state"], rows[0]["note"]) == (1, "proposed", "界线画错")
    assert actions(engine) == ["corrections.propose"]


def test_number_is_not_taken_over(workspace: Workspace, officer: Actor) -> None:
    """Another correction under a number that is taken is refused, and the first stays."""
    number = str(uuid4())
    propose(workspace, officer, id=number)
    with pytest.raises(DataRejected, match="is taken"):
        propose(workspace, officer, id=number, geometry=geojson(square(0, 0, 3)))
    assert corrections.list_corrections(workspace, officer)[1] == 1


@pytest.mark.parametrize("target", ["330302", NEIGHBOUR, "no-such-area"])
def test_target_is_own(workspace: Workspace, officer: Actor, target: str) -> None:
    """An area above, beside and nowhere are refused in the same words."""
    with pytest.raises(NotFound, match=f"No area {target} among those that you answer for"):
        propose(workspace, officer, target=target)


def test_facility_elsewhere_is_not_there(workspace: Workspace, officer: Actor) -> None:
    """A facility outside the own areas is answered like one that does not exist."""
    for code in ("F2", "no-such-facility"):
        with pytest.raises(NotFound, match=f"No facility {code}"):
            propose(workspace, officer, kind="point", target=code, geometry=geojson(shapely.Point(120.01, 28.01)))


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        (geojson(shapely.Polygon([(120, 28), (120.1, 28.1), (120.1, 28), (120, 28.1)])), "not valid"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        (geojson(shapely.Point(120, 28)), "one of these types"),
        ({"type": "Polygon", "coordinates": "none"}, "no GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[500, 28], [501, 28], [501, 29], [500, 28]]]}, "Longitudes"),
        (geojson(square(50, 50, 1)), "lies away"),
        (geojson(square(0, 0, 2).buffer(0.001, quad_segs=9000)), "corners"),
    ],
)
def test_boundary_is_a_polygon_there(
    workspace: Workspace, officer: Actor, geometry: dict[str, Any], problem: str
) -> None:
    """What is no valid polygon, is too big, or lies elsewhere is refused and nothing is stored."""
    with pytest.raises(DataRejected, match=problem):
        propose(workspace, officer, geometry=geometry)
    assert corrections.list_corrections(workspace, officer)[1] == 0


def test_point_stays_near(workspace: Workspace, officer: Actor) -> None:
    """A point is at most 20 km from the area of the facility."""
    for degrees, fits in ((0.1, True), (0.4, False)):
        shape = geojson(shapely.Point(120.02 + degrees, 28.01))
        if fits:
            propose(workspace, officer, kind="point", target=FACILITY, geometry=shape)
        else:
            with pytest.raises(DataRejected, match="20 km"):
                propose(workspace, officer, kind="point", target=FACILITY, geometry=shape)


def test_note_passes_the_firewall(workspace: Workspace, officer: Actor, leader: Actor) -> None:
    """Personal data in a note or a reason is refused, and nothing is kept."""
    with pytest.raises(FirewallRefused):
        propose(workspace, officer, note="联系人电话 138 1234 5678")
    receipt = propose(workspace, officer)
    with pytest.raises(FirewallRefused):
        corrections.decide(workspace, leader, receipt["id"], accept=False, reason="打 138 1234 5678 问")
    assert corrections.list_corrections(workspace, leader)[0][0]["state"] == "proposed"


def test_only_leaders_decide(workspace: Workspace, officer: Actor) -> None:
    """A grid officer proposes and does not decide."""
    receipt = propose(workspace, officer)
    with pytest.raises(NotAllowed):
        corrections.decide(workspace, officer, receipt["id"], accept=True)


def test_correction_elsewhere_is_not_there(workspace: Workspace, engine: Engine, leader: Actor) -> None:
    """A leader neither sees nor decides a correction outside the own areas."""
    other = make_account(engine, "district leader", "leader", "L01")
    receipt = propose(workspace, other, target=NEIGHBOUR, geometry=geojson(square(1.5, 0, 3)))
    assert corrections.list_corrections(workspace, leader) == ([], 0)
    with pytest.raises(NotFound):
        corrections.decide(workspace, leader, receipt["id"], accept=True)
    assert corrections.list_corrections(workspace, other)[1] == 1


def test_refusal_has_a_reason(workspace: Workspace, officer: Actor, leader: Actor, engine: Engine) -> None:
    """Without a reason nothing is refused; with one the map stays as it is."""
    number = propose(workspace, officer)["id"]
    with pytest.raises(DataRejected, match="why"):
        corrections.decide(workspace, leader, number, accept=False, reason="  ")
    decided = corrections.decide(workspace, leader, number, accept=False, reason="界桩没有移动")
    assert (decided["state"], decided["reason"], decided["change_id"]) == ("refused", "界桩没有移动", None)
    assert len(read_all(engine, "areas", codes=[VILLAGE])) == 1


def test_accepted_boundary_is_a_redraw(workspace: Workspace, officer: Actor, leader: Actor, engine: Engine) -> None:
    """From today the area has the proposed boundary; until today it had the old one; the neighbour is not touched.

    The leader of one village does it, bound by policies, and the overlap shows among the gaps.
    """
    number = propose(workspace, officer)["id"]
    decided = corrections.decide(workspace, leader, number, accept=True)
    versions = read_all(engine, "areas", codes=[VILLAGE])
    day = today().isoformat()
    assert periods(versions, "code") == [(VILLAGE, None, day), (VILLAGE, day, None)]
    assert shapely.equals(versions.geometry.iloc[0], square(0, 0, 2))
    assert shapely.equals(versions.geometry.iloc[1], LARGER)
    assert len(read_all(engine, "areas", codes=[NEIGHBOUR])) == 1
    assert decided["state"] == "accepted"
    with engine.begin() as connection:
        kind = connection.execute(text("SELECT kind FROM area_change WHERE id = :n"), {"n": decided["change_id"]})
        assert kind.scalar_one() == "redraw"
    assert actions(engine) == ["corrections.propose", "areas.redraw", "corrections.accept"]
    overlaps = find_gaps(workspace, SYSTEM).overlaps
    assert {VILLAGE, NEIGHBOUR} in [set(pair) for pair in zip(overlaps["a"], overlaps["b"], strict=True)]


def test_grids_inside_stay_in_reach(workspace: Workspace, officer: Actor, leader: Actor, engine: Engine) -> None:
    """Redrawing the leader's own area takes nothing inside it out of reach."""
    with workspace.transaction(leader) as connection:
        before = access.scope(connection)
    corrections.decide(workspace, leader, propose(workspace, officer)["id"], accept=True)
    with workspace.transaction(leader) as connection:
        assert access.scope(connection) == before
    grids = read_all(engine, "areas", parent=VILLAGE)
    assert len(grids) == 3


def test_accepted_point_moves_the_facility(workspace: Workspace, officer: Actor, leader: Actor, engine: Engine) -> None:
    """From today the facility stands at the proposed point, until today at the old one; kept answers are void."""
    new = shapely.Point(120.012, 28.016)
    kept = find_gaps(workspace, SYSTEM)
    number = propose(workspace, officer, kind="point", target=FACILITY, geometry=geojson(new))["id"]
    corrections.decide(workspace, leader, number, accept=True)
    versions = read_all(engine, "facilities", codes=[FACILITY])
    assert periods(versions, "name") == [
        ("白鹿诊所", None, today().isoformat()),
        ("白鹿诊所", today().isoformat(), None),
    ]
    assert [point.coords[0] for point in versions.geometry] == [(120.005, 28.015), (120.012, 28.016)]
    assert find_gaps(workspace, SYSTEM) is not kept
    yesterday = read_all(engine, "facilities", codes=[FACILITY], on=today() - timedelta(days=1))
    assert yesterday.geometry.iloc[0].x == 120.005


def test_datum_of_the_proposal(workspace: Workspace, officer: Actor) -> None:
    """A point given in GCJ-02 is stored in WGS 84."""
    lon, lat = to_datum([120.012], [28.016], datum="gcj02")
    shape = geojson(shapely.Point(lon[0], lat[0]))
    propose(workspace, officer, kind="point", target=FACILITY, geometry=shape, datum="gcj02")
    stored = corrections.list_corrections(workspace, officer)[0][0]["geometry"]
    assert abs(stored.x - 120.012) < 1e-8
    assert abs(stored.y - 28.016) < 1e-8


def test_decision_stands(workspace: Workspace, officer: Actor, leader: Actor, engine: Engine) -> None:
    """The same decision sent again changes nothing; another one is refused."""
    number = propose(workspace, officer)["id"]
    first = corrections.decide(workspace, leader, number, accept=True)
    assert corrections.decide(workspace, leader, number, accept=True) == first
    with pytest.raises(DataRejected, match="decided already"):
        corrections.decide(workspace, leader, number, accept=False, reason="太晚了")
    assert len(read_all(engine, "areas", codes=[VILLAGE])) == 2


def test_map_that_cannot_take_it_leaves_no_decision(workspace: Workspace, officer: Actor, leader: Actor) -> None:
    """A second boundary of the same area on one day is refused as a whole: it stays undecided."""
    first, second = (propose(workspace, officer, geometry=geojson(square(0, 0, side)))["id"] for side in (2.2, 2.4))
    corrections.decide(workspace, leader, first, accept=True)
    with pytest.raises(DataRejected, match="tomorrow"):
        corrections.decide(workspace, leader, second, accept=True)
    states = {row["id"]: row["state"] for row in corrections.list_corrections(workspace, leader)[0]}
    assert states == {first: "accepted", second: "proposed"}

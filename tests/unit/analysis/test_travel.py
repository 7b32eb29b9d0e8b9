"""Travel on small networks whose times can be reckoned by hand."""

import numpy as np
import pytest
import shapely

from gis.analysis.travel.times import Matrix, Place, Roads, measure_roads, measure_straight, trace_roads
from gis.policies import TravelPolicy
from gis.roads import Mode, RoadNetwork
from tests.unit.road_town import BLOCK, STREET, Positions, Ways, at, block, make_town

POLICY = TravelPolicy(
    walk_kmh=6.0,
    walk_classes=("residential", "footway"),
    drive_kmh={"residential": 36.0, "motorway": 72.0},
    turn_seconds=0.0,
    share_of_limit=0.5,
    farthest_m=100.0,
)
"""100 m a minute on foot, 600 m a minute by car."""

ROUND = 0.005
SOUTH, EAST, NORTH, WEST = at(100, 0), at(200, 100), at(100, 200), at(0, 100)
"""The middles of the four streets of the block."""


def roads(network: RoadNetwork, mode: Mode, **changes: object) -> Roads:
    """The network under the policy of this file, with changes."""
    return Roads(network, TravelPolicy(**{**vars(POLICY), **changes}), mode)


def minutes(found: Roads, start: Place, goal: Place) -> float:
    """Minutes from one place to another."""
    return float(measure_roads(found, [start], [goal]).minutes[0, 0])


def test_walkers_go_the_shorter_way_round() -> None:
    """From the middle of a street to the middle of the next one is two halves of a street."""
    found = roads(make_town(BLOCK, block()), "walk")
    matrix = measure_roads(found, [SOUTH, EAST], [SOUTH, EAST, NORTH])
    assert matrix.minutes == pytest.approx(np.array([[0, 2, 4], [2, 0, 2]]), abs=ROUND)
    assert matrix.metres == pytest.approx(np.array([[0, 200, 400], [200, 0, 200]]), abs=0.5)
    assert (matrix.straight_line, matrix.mode, matrix.off_origins) == (False, "walk", ())


@pytest.mark.parametrize(("oneway", "back"), [("yes", 700), ("1", 700), ("-1", 100), ("no", 100)])
def test_cars_keep_to_one_way_streets(oneway: str, back: float) -> None:
    """Against the street one drives round the block, walkers do not; control: `no` is both ways."""
    network = make_town(BLOCK, block(way12={"oneway": oneway}))
    ahead = {700: 100, 100: 700 if oneway == "-1" else 100}[int(back)]
    ends = [at(150, 0), at(50, 0)]
    driven = measure_roads(roads(network, "drive"), ends, ends).metres
    assert driven == pytest.approx(np.array([[0, back], [ahead, 0]]), abs=0.5)
    walked = measure_roads(roads(network, "walk"), ends, ends).metres
    assert walked == pytest.approx(np.array([[0, 100], [100, 0]]), abs=0.5)


def test_a_roundabout_is_one_way_without_being_told() -> None:
    """Back by a few metres means once round."""
    town: Positions = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (0, -100)}
    ways = {1: ([1, 2, 3, 4, 1], STREET | {"junction": "roundabout"}), 2: ([5, 1], STREET)}
    found = roads(make_town(town, ways), "drive")
    assert minutes(found, at(25, 0), at(75, 0)) == pytest.approx(50 / 600, abs=ROUND)
    assert minutes(found, at(75, 0), at(25, 0)) == pytest.approx(350 / 600, abs=ROUND)


CROSS: Positions = {1: (0, 0), 2: (-200, 0), 3: (200, 0), 4: (0, 200), 5: (200, 200)}
CROSS_WAYS: Ways = {12: ([2, 1], STREET), 13: ([1, 3], STREET), 14: ([1, 4], STREET), 35: ([3, 5, 4], STREET)}


@pytest.mark.parametrize(
    ("turn", "metres"),
    [
        (("no_left_turn", 12, 1, 14), 800.0),
        (("only_straight_on", 12, 1, 13), 800.0),
        (("no_left_turn", 14, 1, 12), 200),
    ],
)
def test_cars_keep_to_turn_restrictions(turn: tuple[str, int, int, int], metres: float) -> None:
    """A forbidden left turn, or another one prescribed, is driven round; one for the other direction is not."""
    network = make_town(CROSS, CROSS_WAYS, turns=[turn])
    west, north = at(-100, 0), at(0, 100)
    found = measure_roads(roads(network, "drive"), [west], [north])
    assert found.metres[0, 0] == pytest.approx(metres, abs=0.5)
    assert minutes(roads(network, "walk"), west, north) == pytest.approx(2, abs=ROUND)


def test_cars_turn_round_only_where_nothing_else_is_possible() -> None:
    """In a one-way street that ends in a dead end one turns there; a junction on the way is passed through."""
    town: Positions = {1: (0, 0), 2: (100, 0), 3: (300, 0), 4: (100, 50)}
    ways: Ways = {1: ([1, 2], STREET), 2: ([2, 3], STREET), 3: ([2, 4], STREET)}
    turns = [("no_left_turn", 1, 2, 3), ("no_u_turn", 1, 2, 1)]
    found = roads(make_town(town, ways, turns=turns), "drive", u_turn_seconds=30.0)
    matrix = measure_roads(found, [at(50, 0)], [at(100, 25)])
    assert matrix.metres[0, 0] == pytest.approx(50 + 200 + 200 + 25, abs=0.5)
    assert matrix.minutes[0, 0] == pytest.approx(475 / 600 + 0.5, abs=ROUND)


def test_turns_and_signals_take_time() -> None:
    """A left turn takes longer than a right one, straight on next to nothing; lights take the same for all."""
    town = CROSS | {6: (0, -200)}
    ways = CROSS_WAYS | {16: ([1, 6], STREET)}
    west, goals = at(-100, 0), [at(100, 0), at(0, 100), at(0, -100)]
    costly = {"turn_seconds": 7.5, "signal_seconds": 12.0}
    plain = measure_roads(roads(make_town(town, ways), "drive", **costly), [west], goals).minutes[0]
    ahead, left, right = (plain - 200 / 600) * 60
    assert 0 < ahead < 0.1
    assert 2 < right < left < 7.5
    lit = roads(make_town(town, ways, tags={1: {"highway": "traffic_signals"}}), "drive", **costly)
    assert measure_roads(lit, [west], goals).minutes[0] == pytest.approx(plain + 0.2, abs=1e-4)
    left_hand = roads(make_town(town, ways), "drive", **costly, left_hand_traffic=True)
    _ahead, left, right = measure_roads(left_hand, [west], goals).minutes[0]
    assert left < right


def test_limits_are_driven_at_the_policys_share() -> None:
    """By direction where the map says so; other classes than the policy's only where the map opens them."""
    limits = {"maxspeed": "60", "maxspeed:backward": "30 mph"}
    found = roads(make_town(BLOCK, block(way12=limits)), "drive")
    assert minutes(found, at(50, 0), at(150, 0)) == pytest.approx(100 / (60 * 0.5 / 0.06), abs=ROUND)
    assert minutes(found, at(150, 0), at(50, 0)) == pytest.approx(100 / (48.28 * 0.5 / 0.06), abs=ROUND)
    path = {"highway": "footway"}
    closed = roads(make_town(BLOCK, block(way12=path)), "drive")
    assert measure_roads(closed, [WEST], [EAST]).metres[0, 0] == pytest.approx(400, abs=0.5)
    opened = roads(make_town(BLOCK, block(way12=path | {"motor_vehicle": "yes"})), "drive", other_kmh=36.0)
    assert measure_roads(opened, [at(50, 0)], [at(150, 0)]).minutes[0, 0] == pytest.approx(100 / 600, abs=ROUND)


def test_a_bollard_stops_cars_and_not_walkers() -> None:
    """Cars go round; where it is opened by a tag they do not."""
    town, ways = BLOCK | {9: (100, 0)}, block() | {12: ([1, 9, 2], STREET)}
    west, east = at(50, 0), at(150, 0)
    barred = make_town(town, ways, tags={9: {"barrier": "bollard"}})
    assert measure_roads(roads(barred, "drive"), [west], [east]).metres[0, 0] == pytest.approx(700, abs=0.5)
    assert measure_roads(roads(barred, "walk"), [west], [east]).metres[0, 0] == pytest.approx(100, abs=0.5)
    gate = make_town(town, ways, tags={9: {"barrier": "gate"}})
    assert measure_roads(roads(gate, "drive"), [west], [east]).metres[0, 0] == pytest.approx(100, abs=0.5)
    wall = make_town(town, ways, tags={9: {"barrier": "gate", "access": "private"}})
    assert measure_roads(roads(wall, "walk"), [west], [east]).metres[0, 0] == pytest.approx(700, abs=0.5)


def test_the_way_to_the_road_is_walked() -> None:
    """40 m from the street on foot, then by car; the metres count it too."""
    found = measure_roads(roads(make_town(BLOCK, block()), "drive"), [at(100, -40)], [at(200, 100)])
    assert found.metres[0, 0] == pytest.approx(240, abs=0.5)
    assert found.minutes[0, 0] == pytest.approx(0.4 + 200 / 600, abs=ROUND)


def test_what_is_off_beyond_or_unreachable_is_missing() -> None:
    """Never 0, never infinite: too far from roads, not finite, beyond the cut, on an island of its own."""
    island = {number + 10: (east + 1000, north) for number, (east, north) in BLOCK.items()}
    ways = block() | {n + 100: ([a + 10 for a in refs], tags) for n, (refs, tags) in block().items()}
    found = roads(make_town(BLOCK | island, ways), "walk")
    places = [SOUTH, EAST, NORTH, at(1100, 0), at(500, 0), (np.nan, 30.0)]
    matrix = measure_roads(found, places, places, cut_minutes=3.0)
    assert matrix.off_origins == matrix.off_destinations == (4, 5)
    expected = np.full((6, 6), np.nan)
    expected[[0, 1, 2, 3], [0, 1, 2, 3]] = 0.0
    expected[[0, 1, 1, 2], [1, 0, 2, 1]] = 2.0
    assert matrix.minutes == pytest.approx(expected, abs=ROUND, nan_ok=True)
    assert (np.isnan(matrix.metres) == np.isnan(matrix.minutes)).all()
    assert np.isfinite(measure_roads(found, places[:3], places[:3]).minutes).all()


def test_scraps_that_cannot_be_left_and_reached_are_no_place_to_start_from() -> None:
    """Beside a car park that is drawn apart from all streets, a place joins the street behind it."""
    town = {n: (100.0 * (n % 10), 100.0 * (n // 10)) for n in range(100)}
    ways: dict[int, tuple[list[int], dict[str, str]]] = {}
    for n in range(10):
        ways[n] = ([10 * n + k for k in range(10)], dict(STREET))
        ways[n + 10] = ([10 * k + n for k in range(10)], dict(STREET))
    scrap = {200: (130.0, -40.0), 201: (170.0, -40.0)}
    alone = make_town(town | scrap, ways | {99: ([200, 201], dict(STREET))})
    matrix = measure_roads(roads(alone, "walk"), [at(150, -40)], [at(150, 100)])
    assert matrix.metres[0, 0] == pytest.approx(40 + 200, abs=0.5)


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_both_directions_of_searching_agree(mode: Mode) -> None:
    """Few to many and many to few: each is searched from its short side, and gives the same."""
    network = make_town(
        CROSS, CROSS_WAYS | {12: ([2, 1], STREET | {"oneway": "yes"})}, turns=[("no_left_turn", 13, 1, 14)]
    )
    found = roads(network, mode, turn_seconds=7.5)
    places = np.array([at(x, y) for x in range(0, 201, 40) for y in (0, 200)] + [at(-100, 0)])
    whole = measure_roads(found, places, places)
    for few in (slice(0, 3), slice(4, 9)):
        ahead, back = measure_roads(found, places[few], places), measure_roads(found, places, places[few])
        assert ahead.minutes == pytest.approx(whole.minutes[few], abs=1e-4, nan_ok=True)
        assert back.minutes == pytest.approx(whole.minutes[:, few], abs=1e-4, nan_ok=True)
        assert back.metres == pytest.approx(whole.metres[:, few], abs=1e-3, nan_ok=True)


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_the_line_of_a_way_is_as_long_as_the_matrix_says(mode: Mode) -> None:
    """From place to place, along the roads, with the legs to them; the same minutes."""
    found = roads(make_town(BLOCK, block(way12={"oneway": "yes"})), mode)
    places = [at(150, -10), at(50, 5), at(200, 150), at(100, 210)]
    matrix: Matrix = measure_roads(found, places, places)
    for i, start in enumerate(places):
        for j, goal in enumerate(places):
            way = trace_roads(found, start, goal)
            assert way is not None
            assert way.minutes == pytest.approx(matrix.minutes[i, j], abs=1e-4)
            drawn = shapely.transform(way.line, lambda xy: (xy - at(0, 0)) * [96_486.3, 110_852.4])
            assert drawn.length == pytest.approx(matrix.metres[i, j], abs=0.5)
            assert (way.line.coords[0], way.line.coords[-1]) == (start, goal)
    assert trace_roads(found, places[0], at(5000, 0)) is None


def test_straight_lines_take_the_factor_and_say_so() -> None:
    """Without roads: the line times the factor at the policy's speed, marked as such; the cut and NaN as on roads."""
    places = [at(0, 0), at(300, 400), (np.nan, 0.0)]
    policy = TravelPolicy(walk_kmh=6.0, walk_factor=1.2, drive_factor=1.5, straight_drive_kmh=30.0)
    walked = measure_straight(places, places, mode="walk", policy=policy)
    assert walked.straight_line
    assert walked.minutes == pytest.approx(
        np.array([[0, 6, np.nan], [6, 0, np.nan], [np.nan] * 3]), abs=0.01, nan_ok=True
    )
    driven = measure_straight(places[:2], places[:2], mode="drive", policy=policy, cut_minutes=1.0)
    assert driven.minutes == pytest.approx(np.array([[0, np.nan], [np.nan, 0]]), nan_ok=True)


def test_places_are_rows_of_longitude_and_latitude() -> None:
    """Anything else is refused; none at all is allowed."""
    found = roads(make_town(BLOCK, block()), "walk")
    with pytest.raises(ValueError, match="rows of longitude and latitude"):
        measure_roads(found, [1.0, 2.0, 3.0], [SOUTH])
    assert measure_roads(found, [], [SOUTH]).minutes.shape == (0, 1)

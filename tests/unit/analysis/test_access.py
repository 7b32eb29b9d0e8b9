"""Access: PySAL's three tracts, symmetric and not, the definition by loops, invariants, what-if runs, refusals."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.access.kernel import make_scale
from gis.analysis.access.measure import Reach, compute_access
from gis.analysis.access.weights import Weights, parse_weights
from gis.errors import DataRejected, UsageError
from tests.unit.analysis.access_reference import HOSPITAL, HOSPITAL_DEMAND, HOSPITAL_SUPPLY, Pair, plain_access

PUBLISHED = {
    "gridlock": (
        (0.3314441169802766, 0.5798281320669381, 7.286418169862544),
        (0.15625658829061984, 0.4062164524508605, 9.906351854839498),
    ),
    "fast inbound": (
        (0.4353402208763805, 0.683724235963042, 5.727976611420986),
        (0.17381354292075435, 0.42377244008875437, 9.643002370348684),
    ),
    "fast outbound": (
        (0.3310719131614654, 0.5778577857785778, 7.299991939492457),
        (0.15652592741822574, 0.40637274095207443, 9.902877021057371),
    ),
    "fast both ways": (
        (0.4425683953985841, 0.6667582799658271, 5.7405246461850234),
        (0.17480214807981356, 0.42403550855652616, 9.631800976419234),
    ),
}
"""What PySAL `access` 1.1.9 gives for its hospital example: 2SFCA and 3SFCA, gravity of -1, at most 61 minutes."""


def table(times: dict[Pair, float]) -> pd.DataFrame:
    """Pairs as rows."""
    rows = [(cell, site, float(minutes)) for (cell, site), minutes in times.items()]
    return pd.DataFrame(rows, columns=["origin", "destination", "minutes"]).astype(
        {"origin": "str", "destination": "str", "minutes": "float64"}
    )


def series(values: dict[str, float]) -> "pd.Series[float]":
    """Values by code."""
    return pd.Series(values, index=pd.Index(list(values), dtype="str"), dtype="float64")


DEMAND, SUPPLY = series(HOSPITAL_DEMAND), series(HOSPITAL_SUPPLY)


@pytest.mark.parametrize("name", HOSPITAL)
@pytest.mark.parametrize(("method", "place"), [("2sfca", 0), ("e2sfca", 0), ("3sfca", 1)])
def test_the_three_tracts_are_exact(name: str, method: str, place: int) -> None:
    """Every scenario, symmetric and not, to the last digits but two."""
    found = compute_access(DEMAND, SUPPLY, table(HOSPITAL[name]), minutes=61, method=method, weights=Weights.power(-1))
    assert found["access"].tolist() == pytest.approx(PUBLISHED[name][place], rel=1e-14)


def test_the_way_back_is_another_way() -> None:
    """Control: with origin and destination exchanged, the asymmetric tracts come out otherwise, the others not."""
    for name, times in HOSPITAL.items():
        turned = {(site, cell): minutes for (cell, site), minutes in times.items()}
        found = compute_access(DEMAND, SUPPLY, table(turned), minutes=61, weights=Weights.power(-1))
        same = found["access"].tolist() == pytest.approx(PUBLISHED[name][0], rel=1e-6)
        assert same == (name in ("gridlock", "fast both ways"))


def test_choices_in_the_catchment_only_are_another_reading() -> None:
    """The published 3SFCA leaves out what lies beyond; PySAL counts it. Both can be had."""
    times = HOSPITAL["gridlock"]
    ways: Any = {"weights": Weights.power(-1), "minutes": 61.0, "method": "3sfca"}
    for choice, within in (("table", False), ("catchment", True)):
        found = compute_access(DEMAND, SUPPLY, table(times), choice=choice, **ways)
        plain = plain_access(
            HOSPITAL_DEMAND, HOSPITAL_SUPPLY, times, minutes=61, weight=lambda m: 1 / m, three=True, within=within
        )
        assert found["access"].tolist() == pytest.approx(list(plain.values()), rel=1e-13)


def test_unreachable_is_missing_and_far_is_zero() -> None:
    """No row: missing. Only rows beyond the catchment: 0, with the nearest site named. The edge is in."""
    times = table({("1", "1"): 30.0, ("2", "1"): 30.1})
    found = compute_access(DEMAND, SUPPLY, times, minutes=30)
    assert found["access"].iloc[0] == 0.15
    assert found.iloc[1].tolist() == [0.0, "1", 30.1]
    assert found.iloc[2].isna().all()
    assert found["nearest_site"].dtype == "str"


def test_the_first_code_is_nearest_of_equals() -> None:
    """Neither the order of rows nor that of the supply decides."""
    rows = table({("1", "b"): 5, ("1", "a"): 5, ("1", "c"): 7})
    for times in (rows, rows[::-1]):
        for sites in (["b", "c", "a"], ["a", "b", "c"]):
            found = compute_access(DEMAND, pd.Series(1.0, index=pd.Index(sites)), times, minutes=10)
            assert found.loc["1", "nearest_site"] == "a"


def test_nobody_there_gives_no_ratio() -> None:
    """A site that no demand reaches adds nothing; no division by zero."""
    found = compute_access(
        series({"a": 0, "b": 2}), series({"s": 5, "t": 4}), table({("a", "s"): 1, ("b", "t"): 1}), minutes=5
    )
    assert found["access"].tolist() == [0.0, 2.0]


codes = st.text("abc1陕", min_size=1, max_size=19)


@st.composite
def towns(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, float], dict[Pair, float]]:
    """Cells, sites and times between some of them."""
    cells = draw(st.lists(codes, min_size=1, max_size=7, unique=True))
    sites = draw(st.lists(codes, min_size=1, max_size=5, unique=True))
    people = st.one_of(st.just(0.0), st.floats(0.1, 1e6))
    demand = {cell: draw(people) for cell in cells}
    supply = {site: draw(st.floats(0.1, 1e4)) for site in sites}
    pairs = draw(st.lists(st.sampled_from([(c, s) for c in cells for s in sites]), unique=True))
    return demand, supply, {pair: draw(st.floats(0.5, 90)) for pair in pairs}


def weight_of(form: str, minutes: float) -> float:
    """The same three forms in Python."""
    if form == "step":
        return 1.0 if minutes <= 20 else 0.68 if minutes <= 40 else 0.22 if minutes <= 60 else 0.0
    return float(np.exp(-(minutes**2) / 1800)) if form == "gaussian" else minutes**-1.5


WEIGHTS = {"step": None, "gaussian": Weights.gaussian(30), "power": Weights.power(-1.5)}


@settings(max_examples=60, deadline=None)
@given(towns(), st.sampled_from(list(WEIGHTS)), st.sampled_from(["e2sfca", "3sfca"]), st.randoms())
def test_it_is_the_definition(town: Any, form: str, method: str, chance: Any) -> None:
    """All weights and methods agree with plain loops, whatever the order of the rows and the number of threads."""
    demand, supply, times = town
    rows = list(times.items())
    chance.shuffle(rows)
    found = compute_access(
        series(demand), series(supply), table(dict(rows)), minutes=60, method=method, weights=WEIGHTS[form], threads=2
    )
    plain = plain_access(
        demand, supply, times, minutes=60, weight=lambda m: weight_of(form, m), three=method == "3sfca"
    )
    reachable = {cell for cell, _site in times}
    assert set(found.index[found["access"].isna()]) == set(demand) - reachable
    for cell in reachable:
        assert found.loc[cell, "access"] == pytest.approx(plain[cell], rel=1e-9, abs=1e-300)
        nearest = min((m, s) for (c, s), m in times.items() if c == cell)
        assert (found.loc[cell, "nearest_minutes"], found.loc[cell, "nearest_site"]) == nearest


@settings(max_examples=60, deadline=None)
@given(towns(), st.sampled_from(list(WEIGHTS)), st.sampled_from(["2sfca", "e2sfca", "3sfca"]))
def test_nothing_is_handed_out_twice_and_nothing_is_lost(town: Any, form: str, method: str) -> None:
    """Access times demand, over all cells, is the capacity of the sites that demand reaches."""
    demand, supply, times = town
    found = compute_access(
        series(demand), series(supply), table(times), minutes=60, method=method, weights=WEIGHTS[form]
    )
    reached = {s for (c, s), m in times.items() if m <= 60 and demand[c] > 0}
    handed = (found["access"].fillna(0) * series(demand)).sum()
    assert handed == pytest.approx(sum(supply[s] for s in reached), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(towns(), st.sampled_from(list(WEIGHTS)), st.sampled_from(["2sfca", "3sfca"]))
def test_a_site_added_is_a_site_that_was_there(town: Any, form: str, method: str) -> None:
    """What-if: to the last digits as if the site had been in the table, and the Reach before stays what it was."""
    demand, supply, times = town
    if len(supply) < 2:
        return
    new = next(reversed(supply))
    before = {pair: m for pair, m in times.items() if pair[1] != new}
    some = {site: n for site, n in supply.items() if site != new}
    ways: Any = {"minutes": 60, "method": method, "weights": WEIGHTS[form]}
    people = series(demand)
    reach = Reach.prepare(table(before), people.index, series(some).index, **ways)
    first = reach.measure(people, series(some))
    more = series({c: m for (c, s), m in times.items() if s == new})
    found = reach.add_site(new, more).measure(people, series(supply))
    whole = compute_access(people, series(supply), table(times), **ways)
    pd.testing.assert_frame_equal(found, whole, rtol=1e-12)
    pd.testing.assert_frame_equal(reach.measure(people, series(some)), first, rtol=0, atol=0)
    assert compute_access(people * 2, series(supply), table(times), **ways)["access"].fillna(0).to_numpy() == (
        pytest.approx(found["access"].fillna(0).to_numpy() / 2, rel=1e-12)
    )


def test_loads_of_parts_add_up_to_the_same_bits() -> None:
    """However the cells are shared out; a sum of floats, the control, depends on it."""
    rng = np.random.default_rng(1)
    cells, sites = [f"c{k}" for k in range(999)], ["s", "t", "u"]
    rows = [(c, s, rng.uniform(1, 60)) for c in cells for s in sites]
    times = pd.DataFrame(rows, columns=["origin", "destination", "minutes"])
    people = rng.lognormal(3, 3, len(cells))
    ways: Any = {"minutes": 50, "weights": Weights.gaussian(17)}
    whole = Reach.prepare(times, pd.Index(cells), pd.Index(sites), **ways)
    scale = make_scale(greatest=whole.greatest * people.max(), cells=len(cells))
    load = whole.load_sites(people, scale)
    parts, floats = np.zeros_like(load), np.zeros((2, 3))
    for some in np.array_split(rng.permutation(len(cells)), 7):
        names = [cells[k] for k in some]
        part = Reach.prepare(times[times["origin"].isin(names)], pd.Index(names), pd.Index(sites), **ways)
        parts += part.load_sites(people[some], scale)
    assert (parts == load).all()
    weights = np.where(times["minutes"] <= 50, np.exp(-(times["minutes"] ** 2) / (2 * 17**2)), 0).reshape(-1, 3)
    floats[0], floats[1] = (people[:, None] * weights).cumsum(0)[-1], (people[:, None] * weights)[::-1].cumsum(0)[-1]
    assert (floats[0] != floats[1]).any()
    assert load[:, 0] / scale.coarse + load[:, 1] / scale.fine == pytest.approx(floats[0], rel=1e-13)


@pytest.mark.parametrize("kind", ["text", "category", "number", "object", "sliced"])
def test_codes_of_every_type_are_found(kind: str) -> None:
    """Text, categories, whole numbers, objects, a slice of a longer column: the same access."""
    times = table(HOSPITAL["fast inbound"])
    demand, supply = DEMAND, SUPPLY
    if kind == "category":
        times = times.astype({"origin": "category", "destination": "category"})
    elif kind == "number":
        times = times.astype({"origin": "int64", "destination": "int32"})
        demand, supply = DEMAND.set_axis(DEMAND.index.astype("int64")), SUPPLY.set_axis(SUPPLY.index.astype("int64"))
    elif kind == "object":
        times = times.astype({"origin": object, "destination": object})
    elif kind == "sliced":
        times = pd.concat([times] * 3).iloc[len(times) : 2 * len(times)]
    found = compute_access(demand, supply, times, minutes=61, weights=Weights.power(-1))
    assert found["access"].tolist() == pytest.approx(PUBLISHED["fast inbound"][0], rel=1e-14)


GOOD = {("1", "1"): 1.0, ("2", "1"): 2.0}


@pytest.mark.parametrize(
    ("times", "place", "words"),
    [
        ({**GOOD, ("9", "1"): 3.0}, (3, "origin"), "9 is no cell"),
        ({("9", "1"): 3.0, **GOOD}, (1, "origin"), "9 is no cell"),
        ({("9", "1"): 3.0}, (1, "origin"), "9 is no cell"),
        ({**GOOD, ("1", "9"): 3.0}, (3, "destination"), "9 is no site"),
        ({**GOOD, ("1", "2"): float("nan")}, (3, "minutes"), "may not be empty"),
        ({**GOOD, ("1", "2"): float("inf")}, (3, "minutes"), "finite"),
        ({**GOOD, ("1", "2"): -1.0}, (3, "minutes"), "below 0"),
    ],
)
def test_bad_times_are_refused_with_their_row(times: dict[Pair, float], place: tuple[int, str], words: str) -> None:
    """Row, column and remedy; the good rows alone, the control, are taken."""
    assert compute_access(DEMAND, SUPPLY, table(GOOD), minutes=9)["access"].notna().sum() == 2
    with pytest.raises(DataRejected, match=words) as refused:
        compute_access(DEMAND, SUPPLY, table(times), minutes=9)
    problem = refused.value.details["problems"][0]
    assert (problem["row"], problem["column"]) == place


def test_a_pair_that_stands_twice_is_refused() -> None:
    """Also where the rows of a cell lie apart, and where one of them is beyond the catchment."""
    for rows in ([("1", "1", 1.0), ("1", "1", 1.0)], [("1", "1", 99.0), ("2", "1", 1.0), ("1", "1", 1.0)]):
        frame = pd.DataFrame(rows, columns=["origin", "destination", "minutes"])
        with pytest.raises(DataRejected, match="from 1 to 1 stands in a row before"):
            compute_access(DEMAND, SUPPLY, frame, minutes=9)


@pytest.mark.parametrize(
    ("demand", "supply", "words"),
    [
        ({"1": -1.0}, {"1": 1.0}, "Row 1, column demand: -1.0 is below 0"),
        ({"1": float("nan")}, {"1": 1.0}, "Row 1, column demand: this cell may not be empty"),
        ({"1": 1.0}, {"1": 0.0}, "Row 1, column capacity: 1 has no capacity"),
        ({"1": 1.0}, {"1": float("inf")}, "column capacity"),
    ],
)
def test_bad_amounts_are_refused(demand: dict[str, float], supply: dict[str, float], words: str) -> None:
    """Whatever the times say."""
    with pytest.raises(DataRejected, match=words):
        compute_access(series(demand), series(supply), table({("1", "1"): 1.0}), minutes=9)


def test_two_cells_with_one_code_are_refused() -> None:
    """And two sites."""
    twice = pd.Series(1.0, index=pd.Index(["1", "1"]))
    with pytest.raises(DataRejected, match="column cell: 1 stands in row 1 too"):
        compute_access(twice, SUPPLY, table(GOOD), minutes=9)
    with pytest.raises(DataRejected, match="column site: 1 stands in row 1 too"):
        compute_access(DEMAND, twice, table(GOOD), minutes=9)


def test_a_falling_power_needs_time() -> None:
    """0 minutes would weigh infinitely much: refused, unless a least time is given."""
    times = table({("1", "1"): 0.0, ("2", "1"): 2.0})
    with pytest.raises(DataRejected, match="Row 1, column minutes: 0 minutes has no weight"):
        compute_access(DEMAND, SUPPLY, times, minutes=9, weights=Weights.power(-1))
    found = compute_access(DEMAND, SUPPLY, times, minutes=9, weights=Weights.power(-1, least=1))
    assert found.loc["1", "access"] == pytest.approx(15 / (100 + 25))


def test_a_site_is_added_once_and_to_known_cells() -> None:
    """A code that is there, a cell that is not, and minutes below 0 are refused."""
    reach = Reach.prepare(table(GOOD), DEMAND.index, SUPPLY.index, minutes=9)
    for code, minutes, words in (
        ("1", {"1": 1.0}, "already"),
        ("n", {"9": 1.0}, "9 is no cell"),
        ("n", {"1": -1.0}, "below 0"),
    ):
        with pytest.raises(DataRejected, match=words):
            reach.add_site(code, series(minutes))


@pytest.mark.parametrize("words", ["wind", "power:x", "gaussian:0", "step:10=1,5=2x", "step:10=-1", "power:1:2:3"])
def test_weights_that_are_none_are_refused(words: str) -> None:
    """With what to write instead."""
    with pytest.raises(UsageError, match="power:-1"):
        parse_weights(words, minutes=30)


def test_weights_are_read_as_written() -> None:
    """Alone, step is the method's own, and the bell is half as wide as the catchment."""
    assert parse_weights("step", minutes=30) is parse_weights(None, minutes=30) is None
    assert parse_weights("gaussian", minutes=30) == Weights.gaussian(15)
    assert parse_weights("power:-2:1", minutes=30) == Weights.power(-2, least=1)
    assert parse_weights("step:20=0.5,10=1", minutes=30) == Weights.step({10: 1, 20: 0.5})


@pytest.mark.parametrize("ways", [{"method": "4sfca"}, {"choice": "all"}, {"minutes": 0}, {"minutes": float("nan")}])
def test_unknown_ways_are_refused(ways: Any) -> None:
    """Method, choice, catchment."""
    with pytest.raises(UsageError):
        compute_access(DEMAND, SUPPLY, table(GOOD), **{"minutes": 9, **ways})

"""The scan statistic: published numbers, its definition by brute force, ties, edges, and chance."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.scan.clusters import COLUMNS, Model, Rates, find_clusters
from gis.analysis.scan.draws import draw, make_urn, pack, plan_rows
from gis.analysis.scan.search import draw_maxima, prepare
from tests.unit.analysis import scan_reference as reference


def town(cases: list[int], *, x: list[float] | None = None, population: list[float] | float = 10.0) -> pd.DataFrame:
    """Areas a, b, c ... on a line, one apart unless said otherwise."""
    at = list(range(len(cases))) if x is None else x
    names = [chr(97 + k) for k in range(len(cases))]
    return pd.DataFrame({"area": names, "x": at, "y": 0.0, "cases": cases, "population": population}).astype(
        {"x": float, "population": float}
    )


@pytest.fixture(scope="module")
def sids() -> pd.DataFrame:
    """Sudden infant deaths in the counties of North Carolina, 1974-78, as the published test takes them."""
    examples = pytest.importorskip("libpysal.examples", reason="libpysal ships the sids2 data")
    counties = gpd.read_file(examples.get_path("sids2.shp"))
    centres = counties.geometry.set_crs(None, allow_override=True).centroid
    return pd.DataFrame(
        {
            "area": counties["NAME"],
            "x": centres.x * np.cos(np.radians(35.5)),
            "y": centres.y,
            "cases": counties["SID74"].astype(int),
            "population": counties["BIR74"],
        }
    )


def test_the_published_clusters_are_found_to_the_published_digits(sids: pd.DataFrame) -> None:
    """doi 10.1186/s12942-021-00298-6, table 1: circles of at most a quarter of the births."""
    assert (sids["cases"].sum(), sids["population"].sum()) == (667, 329_962)
    found = find_clusters(sids, max_share=0.25, most=2).clusters
    assert [set(areas) for areas in found["areas"]] == [
        {"Bertie", "Halifax", "Hertford", "Northampton"},
        {"Anson", "Hoke", "Moore", "Richmond", "Robeson", "Scotland"},
    ]
    assert found["cases"].tolist() == [40, 70]
    assert found["expected"].round(2).tolist() == [15.78, 37.62]
    assert found["llr"].round(3).tolist() == [13.446, 11.932]
    assert (found["p"] <= 0.002).all()


def test_the_published_data_agree_with_the_formula_to_six_decimals(sids: pd.DataFrame) -> None:
    """All clusters of both models and all rates, beside plain Python."""
    table = reference.table_of(sids)
    for model, rates in (("poisson", "high"), ("poisson", "both"), ("bernoulli", "low")):
        found = find_clusters(sids, model=model, rates=rates, max_share=0.25, replicates=1, most=6).clusters  # type: ignore[arg-type]
        expected = reference.clusters(table, model=model, rates=rates, max_share=0.25, most=6)
        assert found["llr"].tolist() == pytest.approx([llr for llr, _set in expected], abs=5e-7)
        assert [set(areas) for areas in found["areas"]] == [
            {sids["area"][j] for j in inside} for _llr, inside in expected
        ]


def test_a_wrong_window_would_be_noticed(sids: pd.DataFrame) -> None:
    """The control: with the births of other counties the published numbers are not what comes out."""
    moved = sids.assign(population=sids["population"].to_numpy()[::-1])
    assert find_clusters(moved, max_share=0.25, replicates=1).clusters["llr"].round(3)[0] != 13.446


areas = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=14
)


@settings(deadline=None, max_examples=150)
@given(
    rows=areas,
    model=st.sampled_from(["poisson", "bernoulli"]),
    rates=st.sampled_from(["high", "low", "both"]),
    max_share=st.sampled_from([0.2, 0.5, 0.8, 1.0]),
)
def test_small_towns_agree_with_brute_force(
    rows: list[tuple[int, int, int, int]], model: Model, rates: Rates, max_share: float
) -> None:
    """On a lattice most distances are equal: windows, order of the clusters and every ratio are the definition's.

    The replicates too: the highest ratio of each is that of all its windows, so the bounds leave none out.
    """
    frame = pd.DataFrame(rows, columns=["x", "y", "cases", "population"]).astype(float)
    frame["cases"] = frame["cases"].astype(int)
    if model == "bernoulli":
        frame["population"] += frame["cases"]
    frame.loc[frame["cases"] > 0, "population"] += 1
    frame["area"] = [f"A{k}" for k in range(len(frame))]
    if not frame["population"].sum():
        frame["population"] = 1.0
    found = find_clusters(frame, model=model, rates=rates, max_share=max_share, replicates=5)
    table = reference.table_of(frame)
    expected = reference.clusters(table, model=model, rates=rates, max_share=max_share)
    assert found.clusters["llr"].tolist() == pytest.approx([llr for llr, _set in expected], abs=5e-7)
    assert [set(names) for names in found.clusters["areas"]] == [{f"A{j}" for j in inside} for _llr, inside in expected]
    drawn = draws(frame, model=model, replicates=5)
    peaks = [reference.highest(table, cases.tolist(), model=model, rates=rates, max_share=max_share) for cases in drawn]
    assert found.maxima.tolist() == pytest.approx(peaks, abs=5e-7)


def draws(frame: pd.DataFrame, *, model: str, replicates: int, seed: int = 1) -> np.ndarray:
    """The cases of each replicate of a scan, one in a row."""
    urn = prepare(frame, model=model, rates="high", max_share=0.5).urn
    states = np.random.SeedSequence(seed).generate_state(replicates, np.uint64).astype(np.uint64)
    return draw(urn, states).astype(np.int64)


@pytest.mark.parametrize("per_area", [1, 40, 600])
def test_large_towns_agree_with_plain_numpy(per_area: int) -> None:
    """Counts of 8, 16 and 32 bits, more than one block: the highest ratio of each replicate is numpy's."""
    rng = np.random.default_rng(per_area)
    n, population = 70, rng.lognormal(6, 1, 70)
    frame = pd.DataFrame({"area": range(n), "x": rng.normal(size=n), "y": rng.normal(size=n), "population": population})
    frame["cases"] = rng.multinomial(per_area * n, population / population.sum())
    found = find_clusters(frame, replicates=130)
    drawn = draws(frame, model="poisson", replicates=130)
    assert (drawn.sum(axis=1) == per_area * n).all()
    np.testing.assert_allclose(found.maxima, reference.plain_maxima(frame, drawn, max_share=0.5), atol=5e-7)


def test_the_rows_of_an_area_add_up_to_its_cases() -> None:
    """A count that does not fit a byte lies in several rows; one that does not fit these either, in one wide row."""
    population = np.array([*np.full(30, 10.0), 350.0])
    urn = make_urn(population, 1000, put_back=True)
    begins = plan_rows(urn)
    assert begins.tolist() == [*np.full(31, 31), 33]
    drawn = np.zeros((2, 31), dtype=np.int32)
    drawn[:, 3], drawn[0, 30], drawn[1, 30] = 255, 745, 300
    rows = pack(urn, drawn, begins)
    assert rows.dtype == np.uint8
    assert rows[[3, 30, 31, 32, 33], :3].tolist() == [
        [255, 255, 0],
        [255, 255, 0],
        [255, 45, 0],
        [235, 0, 0],
        [0, 0, 0],
    ]
    for area, many in ((3, 256), (30, 766)):
        beyond = drawn.copy()
        beyond[1, area] = many
        wide = pack(urn, beyond, begins)
        assert wide.dtype == np.int16
        np.testing.assert_array_equal(wide[:31, :2], beyond.T)
        assert not wide[31:].any()
        assert not wide[:, 2:].any()


def test_too_many_cases_for_bytes_take_wide_rows() -> None:
    """Where one area in four or more would need further rows, none has any."""
    urn = make_urn(np.full(20, 50.0), 20 * 400, put_back=True)
    begins = plan_rows(urn)
    assert set(begins.tolist()) == {20}
    drawn = draw(urn, np.arange(3, dtype=np.uint64))
    rows = pack(urn, drawn, begins)
    assert rows.dtype == np.int16
    np.testing.assert_array_equal(rows[:20, :3], drawn.T)


def test_areas_at_one_distance_enter_together() -> None:
    """Two areas at one place, and two on one circle, are in a window both or not at all, in any order of the file."""
    same = town([9, 0, 1, 1, 1, 1], x=[0, 0, 5, 6, 7, 8])
    assert find_clusters(same, replicates=9).clusters["areas"][0] == ("a", "b")
    tenths = town([0, 9, 9, 0, 0, 0, 0, 0, 0], x=[0.1, 0.2, 0.3, 0.8, 1.1, 1.4, 1.7, 2.0, 2.3])
    assert (0.3 - 0.2) != (0.2 - 0.1)
    middle_only = find_clusters(tenths.drop(index=0), replicates=9).clusters["areas"][0]
    assert middle_only == ("b", "c")
    backwards = find_clusters(same.iloc[::-1], replicates=9).clusters
    assert set(backwards["areas"][0]) == {"a", "b"}


def test_rounded_coordinates_do_not_break_a_tie() -> None:
    """0.1 and 0.3 are as far from 0.2 as each other, though not as numbers: no window of b holds only one of them."""
    frame = town([8, 0, 0, 0, 0, 0], x=[0.1, 0.2, 0.3, 9.0, 10.0, 11.0])
    inside = {frozenset(s) for c, s in reference.windows(reference.table_of(frame), max_share=0.5) if c == 1}
    assert inside == {frozenset({1}), frozenset({0, 1, 2})}
    lone = town([0, 9, 9, 0, 0, 0], x=[0.1, 0.2, 0.3, 9.0, 10.0, 11.0], population=[10, 10, 10, 50, 50, 50])
    best = find_clusters(lone.drop(index=2), replicates=9).clusters["areas"][0]
    assert best == ("b",)


def test_nothing_to_find() -> None:
    """No cases, one area, all areas at one place, the same rate everywhere: no cluster, and no fault."""
    for frame in (town([0, 0, 0]), town([5]), town([5, 1, 1], x=[2, 2, 2]), town([3, 3, 3, 3])):
        found = find_clusters(frame, replicates=19)
        assert found.clusters.empty
        assert list(found.clusters.columns) == list(COLUMNS)
        assert len(found.maxima) == 19


def test_all_cases_in_one_area() -> None:
    """The relative risk has nothing to be relative to and is infinite; the ratio is not."""
    found = find_clusters(town([0, 0, 7, 0, 0]), replicates=99).clusters
    assert found["areas"].tolist() == [("c",)]
    assert found["relative_risk"][0] == np.inf
    assert found["llr"][0] == pytest.approx(7 * np.log(5))


def test_a_window_never_holds_more_than_the_share() -> None:
    """An area that alone has more than the share of the population is in no cluster."""
    frame = town([90, 4, 1, 0, 0], population=[100, 10, 10, 10, 10])
    assert find_clusters(frame, replicates=9).clusters["areas"].tolist() == []
    assert find_clusters(frame, replicates=9, max_share=0.72).clusters["areas"][0] == ("a",)


def test_clusters_share_no_area_and_come_in_order() -> None:
    """Strongest first; an area is in one cluster at most; `most` cuts the list."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"area": range(200), "x": rng.uniform(size=200), "y": rng.uniform(size=200)})
    frame = frame.assign(cases=rng.poisson(3, 200), population=100)
    found = find_clusters(frame, replicates=99, most=8).clusters
    members = [name for names in found["areas"] for name in names]
    assert len(found) == 8
    assert len(members) == len(set(members))
    assert found["llr"].is_monotonic_decreasing
    assert found["p"].is_monotonic_increasing
    assert found["p"].between(0.01, 1).all()


@pytest.mark.parametrize("model", ["poisson", "bernoulli"])
def test_the_same_seed_gives_the_same_answer_with_any_number_of_threads(model: Model) -> None:
    """Threads change who computes and nothing else; another seed changes p only."""
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"area": range(300), "x": rng.uniform(size=300), "y": rng.uniform(size=300)})
    frame = frame.assign(cases=rng.poisson(2, 300), population=50)
    one, three = (find_clusters(frame, model=model, replicates=300, threads=t) for t in (1, 3))
    assert one.maxima.tolist() == three.maxima.tolist()
    assert one.clusters.equals(three.clusters)
    other = find_clusters(frame, model=model, replicates=300, seed=2)
    assert other.maxima.tolist() != one.maxima.tolist()
    assert other.clusters.drop(columns="p").equals(one.clusters.drop(columns="p"))


def test_p_counts_the_replicates_that_reach_the_cluster() -> None:
    """p = (1 + those at or above) / (1 + all), and a replicate that equals the data counts as reaching it."""
    frame = town([3, 0, 0, 0])
    found = find_clusters(frame, replicates=999)
    reached = (found.maxima >= found.clusters["llr"][0] - 1e-9).sum()
    assert found.clusters["p"][0] == (1 + reached) / 1000
    assert found.clusters["p"][0] == pytest.approx(4 / 4**3, abs=0.02)


def test_by_chance_alone_p_is_even() -> None:
    """Of tables without any cluster one in ten has p up to 0.1: it already allows for all windows tried."""
    rng = np.random.default_rng(17)
    low = 0
    for turn in range(200):
        frame = pd.DataFrame({"area": range(30), "x": rng.uniform(size=30), "y": rng.uniform(size=30)})
        frame = frame.assign(cases=rng.multinomial(90, np.full(30, 1 / 30)), population=40)
        low += find_clusters(frame, replicates=99, seed=turn, most=1).clusters["p"][0] <= 0.1
    assert 8 <= low <= 34


def test_an_ellipse_finds_what_a_circle_cannot() -> None:
    """Cases along a line: circles cut it up or take its surroundings in, a long ellipse does not."""
    x, y = (part.ravel().astype(float) for part in np.meshgrid(np.arange(11), np.arange(11)))
    line = (y == x) & (x >= 2) & (x <= 8)
    frame = pd.DataFrame({"area": range(121), "x": x, "y": y, "cases": np.where(line, 6, 1), "population": 20})
    circle = find_clusters(frame, replicates=9).clusters
    ellipse = find_clusters(frame, replicates=9, ellipses=(2, 8)).clusters
    assert ellipse["llr"][0] > circle["llr"][0]
    assert set(ellipse["areas"][0]) == set(np.flatnonzero(line))


def test_chance_deals_by_population() -> None:
    """The alias table holds the shares exactly; without putting back no area gets more cases than people."""
    population = np.array([1.0, 5.0, 0.0, 30.0, 4.0])
    frame = pd.DataFrame({"area": range(5), "x": 0.0, "y": 0.0, "cases": [1, 5, 0, 14, 0], "population": population})
    urn = prepare(frame, model="poisson", rates="high", max_share=0.5).urn
    shares = urn.cut / 5
    np.add.at(shares, urn.alias, (1 - urn.cut) / 5)
    np.testing.assert_allclose(shares, population / 40, atol=1e-15)
    with_return, without = (draws(frame, model=model, replicates=20_000) for model in ("poisson", "bernoulli"))
    np.testing.assert_allclose(with_return.mean(axis=0), 20 * population / 40, atol=0.06)
    np.testing.assert_allclose(with_return.var(axis=0), 20 * population / 40 * (1 - population / 40), atol=0.12)
    np.testing.assert_allclose(without.mean(axis=0), 20 * population / 40, atol=0.06)
    hyper = 20 * population / 40 * (1 - population / 40) * 20 / 39
    np.testing.assert_allclose(without.var(axis=0), hyper, atol=0.12)
    assert (without <= population).all()
    assert (without.sum(axis=1) == 20).all()


@pytest.mark.parametrize("cases", [3, 39, 40])
def test_few_or_nearly_all_cases_are_drawn_alike(cases: int) -> None:
    """Where those who are no case are fewer, they are drawn; all of them leave nothing to draw."""
    frame = pd.DataFrame({"area": range(2), "x": [0.0, 1.0], "y": 0.0, "cases": [0, 0], "population": [10.0, 30.0]})
    frame["cases"] = [cases - min(cases, 30), min(cases, 30)]
    drawn = draws(frame, model="bernoulli", replicates=4000)
    assert (drawn.sum(axis=1) == cases).all()
    np.testing.assert_allclose(drawn.mean(axis=0), cases * np.array([0.25, 0.75]), atol=0.06)


@pytest.mark.parametrize(
    "broken",
    [{"cases": -1}, {"cases": 0.5}, {"population": -1.0}, {"population": 0.0}, {"x": np.nan}, {"area": "a"}],
)
def test_a_table_that_is_none_is_refused(broken: dict[str, Any]) -> None:
    """The last guard, for callers that have not asked `gis.validate`."""
    with pytest.raises(ValueError, match="table of areas"):
        find_clusters(town([1, 2, 3]).assign(**broken))
    with pytest.raises(ValueError, match="table of areas"):
        find_clusters(town([1, 2, 30]), model="bernoulli")
    with pytest.raises(ValueError, match="max_share"):
        find_clusters(town([1, 2, 3]), max_share=0)


def test_the_maxima_of_no_cases_are_zero() -> None:
    """Nothing dealt out has no highest ratio."""
    assert draw_maxima(
        prepare(town([0, 0]), model="poisson", rates="high", max_share=0.5), replicates=3, seed=1, threads=1
    ).tolist() == [0, 0, 0]

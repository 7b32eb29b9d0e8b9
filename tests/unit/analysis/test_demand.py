"""Modelled demand: totals preserved, monotone in rates, exact when split, with intervals that keep their promise."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.demand.births import attach_totals, register_totals, share_totals
from gis.analysis.demand.cells import choose_rates
from gis.analysis.demand.model import COLUMNS, model_demand, rates_table
from gis.tables import WOMEN
from tests.unit.analysis.demand_town import (
    AREAS,
    LEVELS,
    POLICY,
    STREETS,
    VILLAGES,
    births_of,
    build_cells,
    policy_with,
    towns,
)

BIRTHS = births_of(
    (STREETS[0], "2023", 60, 55),
    (STREETS[0], "2024", 62, 63),
    (STREETS[1], "2023", 21, 19),
    ("990102", "2023", 120, 110),
)
TOTALS = register_totals(BIRTHS, AREAS, levels=LEVELS)
PARENTS = dict(zip(AREAS["code"], AREAS["parent_code"], strict=True))
RATES = rates_table(POLICY)


def prepare(cells: Any) -> Any:
    """Cells with the rates that hold in them and the total they are part of."""
    codes = cells["area_code"]
    return cells.assign(rates=choose_rates(codes, PARENTS, POLICY), total=attach_totals(codes, TOTALS, AREAS))


def run(cells: Any, births: pd.DataFrame | None = TOTALS, **changes: Any) -> pd.DataFrame:
    """The model on cells that are prepared here."""
    policy = policy_with(**changes)
    left = None if births is None else share_totals(births)
    return model_demand(prepare(cells), rates_table(policy), left, policy)


def widths(modelled: pd.DataFrame) -> Any:
    """How wide the interval of each cell is, on the log scale."""
    return np.log(modelled["high"].to_numpy(float) / modelled["low"].to_numpy(float))


def test_by_hand() -> None:
    """One woman of each age in a city has the sum of the rates as births, and 1.2 pregnancies for each of them."""
    cells = build_cells([(VILLAGES[0], 0, 0, 1)], ages=(1,) * 7)
    found = run(cells, None).iloc[0]
    assert found["births"] == pytest.approx(sum(POLICY.fertility["urban"]))
    assert found["demand"] == found["pregnancies"] == pytest.approx(1.2 * found["births"])
    assert found["visits_1"] == pytest.approx(found["pregnancies"])
    assert [found["visits_2"], found["visits_3"]] == pytest.approx([2 * found["births"], 5 * found["births"]])
    assert found["visits"] == pytest.approx(found["pregnancies"] + 7 * found["births"])
    assert found["hours"] == pytest.approx(found["births"] * 30 / 60)
    assert tuple(run(cells).columns) == COLUMNS


@given(towns())
@settings(deadline=None, max_examples=40)
def test_totals_are_preserved(cells: Any) -> None:
    """The births of the cells of an area add up to its registered total, or to what is left of it."""
    prepared, left = prepare(cells), share_totals(TOTALS)
    found = run(cells)
    for area, births in found.groupby(prepared["total"].to_numpy())["births"].sum().items():
        assert births == pytest.approx(left.at[area, "per_year"])
    assert found["scaled"].all()
    assert (found["low"] <= found["demand"]).all()
    assert (found["demand"] <= found["high"]).all()


@given(towns(), st.integers(0, 6), st.floats(1, 3))
@settings(deadline=None, max_examples=40)
def test_monotone_in_rates(cells: Any, age: int, factor: float) -> None:
    """Higher fertility at one age lowers the demand of no cell; with a registered total the sum stays what it is."""
    raised = {
        name: tuple(rate * factor if n == age else rate for n, rate in enumerate(rates))
        for name, rates in POLICY.fertility.items()
    }
    before, after = run(cells, None), run(cells, None, fertility=raised)
    assert (after["demand"] >= before["demand"] * (1 - 1e-12)).all()
    assert run(cells, fertility=raised)["births"].sum() == pytest.approx(run(cells)["births"].sum())


@given(towns(), st.integers(0, 29), st.floats(0, 1), st.booleans())
@settings(deadline=None, max_examples=40)
def test_splitting_a_cell_changes_no_sum(cells: Any, which: int, share: float, scaled: bool) -> None:
    """A cell in two parts has the births, visits and hours that it has whole, and its neighbours keep theirs."""
    births = TOTALS if scaled else None
    split = cells.index[which % len(cells)]
    amounts = ["population", *WOMEN]
    one, two = cells.loc[[split]].copy(), cells.loc[[split]].copy()
    one[amounts], two[amounts] = one[amounts] * share, two[amounts] * (1 - share)
    parts = pd.concat([cells.drop(split), one, two.rename(index={split: f"{split}b"})])
    whole, after = run(cells, births), run(parts, births)
    sums = ["women", "expected", "demand", "visits", "hours"]
    merged = after.rename(index={f"{split}b": split})[sums].groupby(level=0).sum()
    if cells["population"].sum() and prepare(cells).groupby("total")["population"].sum().min() > 0:
        pd.testing.assert_frame_equal(merged, whole[sums].sort_index(), rtol=1e-9, atol=1e-9)
    assert after[sums].sum().to_numpy() == pytest.approx(whole[sums].sum().to_numpy())


@given(st.integers(50, 400), st.floats(0.2, 0.8))
@settings(deadline=None, max_examples=40)
def test_splitting_an_area_changes_no_sum(births: int, share: float) -> None:
    """Two streets with a total of their own have together what the district has, to the rounding of either."""
    first = round(births * share)
    rows = [(STREETS[0], "2023", first, 0), (STREETS[1], "2023", births - first, 0)]
    cells = build_cells([(VILLAGES[0], 0, 0, 500), (VILLAGES[2], 900, 0, 300)])
    apart = register_totals(births_of(*rows), AREAS, levels=LEVELS)
    together = register_totals(births_of(("990102", "2023", births, 0)), AREAS, levels=LEVELS)
    found = []
    for totals in (apart, together):
        prepared = prepare(cells).assign(total=attach_totals(cells["area_code"], totals, AREAS))
        found.append(model_demand(prepared, RATES, share_totals(totals), POLICY)["births"].sum())
    assert abs(found[0] - found[1]) <= 5 + 2.5


def test_a_cell_without_women_gets_births_by_residents() -> None:
    """Where nobody is known to be of that age a total is still placed: by residents, then in equal parts."""
    nobody = build_cells([(VILLAGES[0], 0, 0, 300), (VILLAGES[0], 900, 0, 100)], ages=(0,) * 7)
    assert run(nobody)["births"].tolist() == pytest.approx([90, 30])
    empty = build_cells([(VILLAGES[0], 0, 0, 0), (VILLAGES[0], 900, 0, 0)])
    assert run(empty)["births"].tolist() == pytest.approx([60, 60])
    assert run(empty, None)["high"].tolist() == [0, 0]


def test_errors_make_the_interval() -> None:
    """Without any error there is none but that of the registered count; each error widens it."""
    still: dict[str, Any] = dict.fromkeys(
        ("population_error", "cell_rates_error", "rates_error", "pregnancies_error"), 0.0
    )
    cells = build_cells([(VILLAGES[0], 0, 0, 500), (VILLAGES[0], 900, 0, 400)])
    exact = run(cells, None, **still)
    assert exact["low"].tolist() == exact["high"].tolist() == exact["demand"].tolist()
    width = widths(run(cells, **still))
    per_year, counted = (TOTALS[name].astype(float).to_dict()[STREETS[0]] for name in ("per_year", "counted"))
    rounding = 25 / 12 / per_year**2
    assert width == pytest.approx(2 * 1.96 * np.sqrt(1 / counted + rounding), rel=1e-4)
    for name in still:
        if name != "rates_error":
            assert (widths(run(cells, **{**still, name: 0.2})) > width).all()
    assert (widths(run(cells, **{**still, "rates_error": 0.2})) == width).all()
    assert (widths(run(cells, None, **{**still, "rates_error": 0.2})) > 0).all()


@pytest.mark.parametrize("scaled", [False, True])
def test_intervals_hold_what_a_simulation_finds(scaled: bool) -> None:
    """Of 20,000 simulated towns 95 in 100 lie inside, give or take one and a half, in every cell."""
    chance, draws = np.random.default_rng(5), 20_000
    cells = build_cells([(VILLAGES[0], 900.0 * n, 0, residents) for n, residents in enumerate((900, 400, 200, 100))])
    births = TOTALS if scaled else None
    modelled = run(cells, births)
    expected = modelled["expected"].to_numpy()
    own = np.hypot(POLICY.population_error, POLICY.cell_rates_error)
    weight = expected * np.exp(chance.normal(0, own, (draws, 4)))
    if scaled:
        per_year, counted = (TOTALS[name].astype(float).to_dict()[STREETS[0]] for name in ("per_year", "counted"))
        total = chance.poisson(counted, draws) * per_year / counted + chance.uniform(-2.5, 2.5, draws)
        births_drawn = weight / weight.sum(axis=1, keepdims=True) * total[:, None]
    else:
        births_drawn = weight * np.exp(chance.normal(0, POLICY.rates_error, (draws, 1)))
    pregnancies = births_drawn * 1.2 * np.exp(chance.normal(0, POLICY.pregnancies_error, (draws, 1)))
    inside = (pregnancies >= modelled["low"].to_numpy()) & (pregnancies <= modelled["high"].to_numpy())
    assert inside.mean(axis=0) == pytest.approx(0.95, abs=0.015)


def test_the_callers_frames_stay_as_they_are() -> None:
    """The model changes neither its cells nor its totals, and takes an empty table."""
    cells, totals = prepare(build_cells([(VILLAGES[0], 0, 0, 500)])), share_totals(TOTALS)
    before = cells.copy(deep=True), totals.copy(deep=True)
    model_demand(cells, RATES, totals, POLICY)
    pd.testing.assert_frame_equal(cells, before[0])
    pd.testing.assert_frame_equal(totals, before[1])
    assert model_demand(cells.iloc[:0], RATES, totals, POLICY).empty


def test_control_unknown_rates_are_an_error() -> None:
    """Rates that are in no table stop the model; nothing is guessed."""
    with pytest.raises(KeyError):
        model_demand(prepare(build_cells([(VILLAGES[0], 0, 0, 500)])).assign(rates="moon"), RATES, None, POLICY)

"""Cells are never too small, and merging them loses nobody."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.demand.cells import choose_rates, fill_ages, merge_small, spread_totals
from gis.tables import WOMEN
from tests.unit.analysis.demand_town import POLICY, STREETS, VILLAGES, build_cells, policy_with, towns

SUMS = ["population", *WOMEN]


@given(towns(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_nobody_is_lost_and_no_cell_is_too_small(cells: Any, shuffle: Any) -> None:
    """Sums stay in every area; a cell with too few residents is all that its area has; order does not matter."""
    merged = merge_small(cells, POLICY, within=cells["area_code"])
    before, after = (frame.groupby("area_code")[SUMS].sum() for frame in (cells, merged))
    pd.testing.assert_frame_equal(before, after)
    small = merged[merged["population"] < POLICY.cell_residents]
    assert (merged.groupby("area_code").size().reindex(small["area_code"]) == 1).all()
    assert merged["merged"].sum() == len(cells)
    assert set(merged.index) <= set(cells.index)
    order = list(cells.index)
    shuffle.shuffle(order)
    again = merge_small(cells.loc[order], POLICY, within=cells["area_code"].loc[order])
    pd.testing.assert_frame_equal(pd.DataFrame(again[SUMS]), pd.DataFrame(merged[SUMS]), rtol=1e-12)


def test_a_lattice_of_the_finest_size_stays_as_it_is() -> None:
    """Cells of 250 m with enough residents are not touched, wherever the lattice begins; finer ones are merged."""
    rows = [(VILLAGES[0], 250.0 * x + 17, 250.0 * y + 91, 200.0) for x in range(8) for y in range(8)]
    cells = build_cells(rows)
    same = merge_small(cells, POLICY, within=cells["area_code"])
    pd.testing.assert_frame_equal(pd.DataFrame(same.drop(columns="merged")), pd.DataFrame(cells))
    fine = build_cells([(code, x / 2.5, y / 2.5, people) for code, x, y, people in rows])
    merged = merge_small(fine, POLICY, within=fine["area_code"])
    assert 9 <= len(merged) <= 16
    tree = shapely.STRtree(merged.to_crs(32651).geometry.to_numpy())
    distances = tree.query_nearest(merged.to_crs(32651).geometry.to_numpy(), exclusive=True, return_distance=True)[1]
    assert np.median(distances) > 200


def test_small_cells_join_their_neighbours() -> None:
    """A hamlet of 30 joins the nearest squares, not a place across the area border or in another setting."""
    cells = build_cells([(VILLAGES[0], 0, 0, 30), (VILLAGES[0], 300, 0, 400), (VILLAGES[1], 0, 300, 400)])
    merged = merge_small(cells, POLICY, within=cells["area_code"])
    assert dict(merged["population"].items()) == {"C001": 430, "C002": 400}
    assert float(merged.geometry.x["C001"]) == pytest.approx(
        np.average(cells.geometry.x.to_numpy()[:2], weights=[30, 400])
    )
    assert merge_small(cells.iloc[:1], POLICY, within=cells["area_code"])["population"].tolist() == [30]
    assert merge_small(cells.iloc[:0], POLICY, within=cells["area_code"]).empty


def test_control_without_a_least_number_nothing_is_merged() -> None:
    """The fewest residents are what merges: with fewer allowed the hamlet stays."""
    cells = build_cells([(VILLAGES[0], 0, 0, 60), (VILLAGES[0], 300, 0, 400)])
    assert len(merge_small(cells, policy_with(cell_residents=50.0), within=cells["area_code"])) == 2
    assert len(merge_small(cells, POLICY, within=cells["area_code"])) == 1


def test_ages_are_assumed_only_where_none_is_known() -> None:
    """A cell with residents alone gets the policy's shares and says so; counted ages stay."""
    cells = build_cells([(VILLAGES[0], 0, 0, 1000), (VILLAGES[0], 900, 0, 1000)], ages=(0.03,) * 7)
    cells.loc["C000", list(WOMEN)] = np.nan
    filled: Any = fill_ages(cells, POLICY)
    assert filled["assumed"].tolist() == [True, False]
    assert filled.loc["C000", list(WOMEN)].tolist() == pytest.approx([1000 * share for share in POLICY.age_shares])
    assert filled.loc["C001", list(WOMEN)].tolist() == [30.0] * 7


def test_rates_of_an_area_go_before_those_of_its_setting() -> None:
    """An area with rates of its own passes them down; a list of areas goes before the digits of a code."""
    policy = policy_with(fertility_of={STREETS[0]: (0.1,) * 7}, rural=frozenset({VILLAGES[2]}), usual="rural")
    parents = {code: code[:9] for code in VILLAGES}
    codes = pd.Series([VILLAGES[0], VILLAGES[2], STREETS[1], "abc", None], dtype="str")
    assert choose_rates(codes, parents, policy).tolist() == [STREETS[0], "rural", "rural", "rural", "rural"]
    digits = pd.Series([VILLAGES[2], VILLAGES[3]], dtype="str")
    assert choose_rates(digits, parents, POLICY).tolist() == ["urban", "rural"]
    assert choose_rates(digits, parents, policy_with(by_code=False)).tolist() == ["urban", "urban"]


def areas_with_dwellings(*dwellings: float | None) -> gpd.GeoDataFrame:
    """A street with as many villages side by side, each a square of the same size."""
    frame = pd.DataFrame(
        {
            "code": ["S", *(f"V{n}" for n in range(len(dwellings)))],
            "parent_code": [None, *["S"] * len(dwellings)],
            "dwellings": [None, *dwellings],
        }
    )
    shapes = [shapely.box(0, 0, 1, 1), *(shapely.box(n, 0, n + 1, 1) for n in range(len(dwellings)))]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4326)


def test_totals_are_spread_over_dwellings() -> None:
    """A street's residents go to its villages by dwellings; without any known, by ground; the total stays."""
    totals = pd.DataFrame({"population": [1000.0], WOMEN[0]: [40.0]}, index=["S"])
    cells = spread_totals(totals, areas_with_dwellings(30, 10, None))
    assert cells["population"].to_dict() == {"V0": 750, "V1": 250, "V2": 0}
    assert cells[WOMEN[0]].sum() == 40
    assert cells[WOMEN[1]].isna().all()
    unknown = spread_totals(totals, areas_with_dwellings(None, None))
    assert unknown["population"].tolist() == pytest.approx([500, 500])
    assert (areas_with_dwellings(None, None).geometry[1:].contains(unknown.geometry, align=False)).all()

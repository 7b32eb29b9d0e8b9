"""Registered totals: none of a small place or under ten, in steps of five, and modelled ones beside them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.demand.births import attach_totals, compare_reported, register_totals, share_totals
from gis.analysis.demand.model import model_demand, rates_table
from tests.unit.analysis.demand_town import AREAS, LEVELS, POLICY, STREETS, VILLAGES, births_of, build_cells

DISTRICT = "990102"


def totals_of(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """What the model may use of registered rows."""
    return register_totals(births_of(*rows), AREAS, levels=LEVELS)


def test_villages_are_added_up_to_their_street() -> None:
    """No total below a street is used; a street's own rows go before those of its villages."""
    rows = [(VILLAGES[0], "2023", 30, 31), (VILLAGES[1], "2023", 20, 20), (VILLAGES[2], "2023", 40, 40)]
    found = totals_of(*rows, (STREETS[1], "2023", 55, 50))
    assert found["per_year"].to_dict() == {STREETS[0]: 100, STREETS[1]: 105}
    assert found["counted"].to_dict() == {STREETS[0]: 101, STREETS[1]: 105}


def test_years_are_averaged_and_months_are_counted() -> None:
    """Three years of 100 are 100 a year, and so are six months of 50; what was counted stays what it was."""
    found = totals_of((STREETS[0], "2021..2023", 150, 150), (STREETS[1], "2023-01..2023-06", 25, 25))
    assert found["per_year"].tolist() == [100, 100]
    assert found["counted"].tolist() == [300, 50]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=3))
@settings(deadline=None, max_examples=40)
def test_nothing_small_comes_out(counts: list[tuple[int, int]]) -> None:
    """Totals, and what is left of one without those inside it, are multiples of five and never under ten."""
    rows = [(code, "2023", *pair) for code, pair in zip((*STREETS, VILLAGES[0]), counts, strict=True)]
    everything = (DISTRICT, "2023", sum(p[0] for p in counts), sum(p[1] for p in counts))
    totals = totals_of(*rows, everything)
    for frame in (totals, share_totals(totals)):
        assert (frame["per_year"] >= 10).all()
        assert (frame["per_year"] % 5 == 0).all()
    assert set(totals.index) <= {DISTRICT, *STREETS}


@pytest.mark.parametrize(("counted", "shown"), [(0, []), (8, []), (9, []), (10, [10]), (12, [10]), (13, [15])])
def test_under_ten_is_hidden_before_it_is_rounded(counted: int, shown: list[int]) -> None:
    """Nine would be rounded to ten: it is hidden first."""
    assert totals_of((STREETS[0], "2023", counted, 0))["per_year"].tolist() == shown


def test_a_street_without_a_total_shares_what_is_left() -> None:
    """The district's total without that of the one street belongs to the cells of the other."""
    totals = totals_of((DISTRICT, "2023", 80, 70), (STREETS[0], "2023", 50, 50))
    assert (
        totals["above"].to_dict() == {DISTRICT: None, STREETS[0]: DISTRICT}
        or totals.at[STREETS[0], "above"] == DISTRICT
    )
    assert share_totals(totals)["per_year"].to_dict() == {DISTRICT: 50, STREETS[0]: 100}
    codes = pd.Series([*VILLAGES, None], dtype="str")
    assert attach_totals(codes, totals, AREAS).fillna("-").tolist() == [STREETS[0]] * 2 + [DISTRICT] * 2 + ["-"]


def test_a_small_rest_is_not_used() -> None:
    """What is left of the district tells what was registered in the street that is left: under ten it is not used."""
    totals = totals_of((DISTRICT, "2023", 55, 50), (STREETS[0], "2023", 50, 50))
    assert totals["per_year"].tolist() == [105, 100]
    assert share_totals(totals).index.tolist() == [STREETS[0]]
    cells = build_cells([(VILLAGES[0], 0, 0, 500), (VILLAGES[2], 900, 0, 500)])
    cells = cells.assign(rates="urban", total=attach_totals(cells["area_code"], totals, AREAS))
    modelled = model_demand(cells, rates_table(POLICY), share_totals(totals), POLICY)
    assert modelled["scaled"].tolist() == [True, False]


@pytest.mark.parametrize(("births", "differs"), [(1.0, False), (1.1, False), (0.6, True), (1.7, True)])
def test_differences_are_flagged(births: float, differs: bool) -> None:
    """A registered total inside the interval of the modelled one is no difference; one far off is."""
    cells = build_cells([(VILLAGES[0], 900.0 * n, 0, 2000) for n in range(10)]).assign(rates="urban", total=STREETS[0])
    plain = model_demand(cells, rates_table(POLICY), None, POLICY)
    registered = round(plain["expected"].sum() * births)
    totals = totals_of((STREETS[0], "2023", registered, 0))
    found = compare_reported(plain, totals, AREAS, POLICY).iloc[0]
    assert found["differs"] == differs
    assert found["registered"] % 5 == 0
    assert found["modelled"] == pytest.approx(plain["expected"].sum())
    assert found["cells"] == 10


def test_a_district_is_compared_with_all_its_cells() -> None:
    """Cells of a street with a total of its own count for the district too; an area without cells differs."""
    cells = build_cells([(VILLAGES[0], 0, 0, 5000), (DISTRICT, 900, 0, 5000)]).assign(rates="urban", total=None)
    plain = model_demand(cells, rates_table(POLICY), None, POLICY)
    totals = totals_of((DISTRICT, "2023", 150, 150), (STREETS[0], "2023", 70, 70), (STREETS[1], "2023", 70, 70))
    found = compare_reported(plain, totals, AREAS, POLICY).set_index("area_code")
    assert found["cells"].to_dict() == {DISTRICT: 2, STREETS[0]: 1, STREETS[1]: 0}
    assert found.at[STREETS[1], "differs"]

"""One more site: who comes newly within reach, and what that cannot do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.access.measure import Reach, compute_access
from gis.analysis.siting.what_if import NEW, count_newly, open_site
from gis.errors import DataRejected

minutes = st.one_of(st.none(), st.integers(0, 90).map(float))


@st.composite
def towns(draw: st.DrawFn) -> tuple[pd.DataFrame, "pd.Series[float]", pd.DataFrame, "pd.Series[float]"]:
    """Cells, supply, times, and minutes to a new site."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    cells, sites = [f"c{i}" for i in range(n)], [f"s{j}" for j in range(m)]
    rows = [(c, s, t) for c in cells for s in sites if (t := draw(minutes)) is not None]
    times = pd.DataFrame(rows, columns=["origin", "destination", "minutes"]).astype({"minutes": float})
    people = pd.DataFrame({"demand": [float(draw(st.integers(0, 9))) for _c in cells]}, index=cells)
    people = people.assign(low=people["demand"] * 0.8, high=people["demand"] * 1.3, visits=people["demand"] * 8)
    supply = pd.Series([float(draw(st.integers(1, 50))) for _s in sites], index=sites)
    new = pd.Series([draw(minutes) for _c in cells], index=cells, dtype="float64")
    return people, supply, times.astype({"origin": "str", "destination": "str"}), new


@given(town=towns())
@settings(max_examples=80, deadline=None)
def test_a_new_site_is_measured_as_if_it_had_always_been_there(
    town: tuple[pd.DataFrame, "pd.Series[float]", pd.DataFrame, "pd.Series[float]"],
) -> None:
    """The same access and nearest site as measured from nothing; no way gets longer, nobody's access falls."""
    people, supply, times, new = town
    reach = Reach.prepare(times, people.index, supply.index, minutes=60)
    before = reach.measure(people["visits"], supply)
    after = open_site(reach, people["visits"], supply, minutes=new, capacity=10)
    extra = new.dropna()
    rows = pd.DataFrame({"origin": extra.index.astype("str"), "destination": NEW, "minutes": extra.to_numpy()})
    whole = compute_access(
        people["visits"], pd.concat([supply, pd.Series({NEW: 10.0})]), pd.concat([times, rows]), minutes=60
    )
    np.testing.assert_allclose(after["access"], whole["access"], equal_nan=True)
    np.testing.assert_array_equal(after["nearest_minutes"], whole["nearest_minutes"])
    assert not (after["nearest_minutes"] > before["nearest_minutes"]).any()
    assert (after["access"].fillna(0) >= before["access"].fillna(0) - 1e-9).all()
    newly = count_newly(people, before["nearest_minutes"], after["nearest_minutes"], [30, 60])
    for limit in (30, 60):
        beyond = [people["demand"][~(frame["nearest_minutes"] <= limit)].sum() for frame in (before, after)]
        assert newly[f"newly_{limit}"].sum() == pytest.approx(beyond[0] - beyond[1])
        assert (newly[f"newly_{limit}_low"] <= newly[f"newly_{limit}"]).all()
        assert (newly[f"newly_{limit}"] <= newly[f"newly_{limit}_high"]).all()


def test_a_site_where_nobody_can_get_changes_nothing() -> None:
    """The control: without a way to it nobody is newly within reach; with one, somebody is."""
    people = pd.DataFrame({"demand": [10.0], "low": [8.0], "high": [12.0], "visits": [80.0]}, index=["a"])
    times = pd.DataFrame({"origin": ["a"], "destination": ["s"], "minutes": [45.0]})
    supply = pd.Series({"s": 10.0})
    reach = Reach.prepare(times, people.index, supply.index, minutes=60)
    before = reach.measure(people["visits"], supply)
    for way, gained in ((np.nan, 0.0), (20.0, 10.0)):
        after = open_site(reach, people["visits"], supply, minutes=pd.Series({"a": way}), capacity=5)
        newly = count_newly(people, before["nearest_minutes"], after["nearest_minutes"], [30])
        assert newly["newly_30"].sum() == gained
    with pytest.raises(DataRejected):
        open_site(reach, people["visits"], supply, minutes=pd.Series({"a": -1.0}), capacity=5)

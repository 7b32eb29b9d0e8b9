"""Responsibility on one day and over time: vacant, doubled, timeline, located facilities, workload, chain, gaps."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.responsibility.chain import trace_chain
from gis.analysis.responsibility.gaps import find_vacant, summarise_gaps
from gis.analysis.responsibility.periods import find_doubled, trace_timeline
from gis.analysis.responsibility.workload import find_orphans, locate_facilities, measure_workload
from gis.errors import NotFound

TINY = Path(__file__).parents[3] / "data" / "towns" / "tiny"
DAY = date(2026, 1, 1)
EPOCH = date(2024, 1, 1)


def days(values: list[Any]) -> "pd.Series[Any]":
    return pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype("datetime64[s]")


def make_duties(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Canonical assignments from (officer, kind, target, role, from, to)."""
    names = ["officer_code", "target_kind", "target_code", "role", "valid_from", "valid_to"]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[:4], "str"))
    return frame.assign(valid_from=days([r[4] for r in rows]), valid_to=days([r[5] for r in rows]))


def always(frame: Any) -> Any:
    """The frame with open periods."""
    nothing = pd.Series(pd.NaT, frame.index, dtype="datetime64[s]")
    return frame.assign(valid_from=nothing, valid_to=nothing)


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    return always(gpd.read_file(TINY / "areas.geojson"))


@pytest.fixture(scope="module")
def duties() -> pd.DataFrame:
    frame = pd.read_csv(TINY / "assignments.csv", dtype=str)
    return make_duties([tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)])


@pytest.fixture(scope="module")
def clinics() -> gpd.GeoDataFrame:
    frame = pd.read_csv(TINY / "facilities.csv", dtype=str)
    points = gpd.points_from_xy(frame["lon"].astype(float), frame["lat"].astype(float))
    return always(gpd.GeoDataFrame(frame, geometry=points, crs=4326))


def test_vacant_covers_every_level_and_counts_only_primaries_in_force(areas: Any, duties: Any) -> None:
    """A deputy, an assignment that has ended and one to a facility of the same code leave an area vacant."""
    assert find_vacant(areas, duties, DAY)["code"].tolist() == ["990101001201003"]
    rows = [
        ("D", "area", "990101001201003", "deputy", None, None),
        ("E", "area", "990101001201003", "primary", "2020-01-01", "2026-01-01"),
        ("F", "facility", "990101001201003", "primary", None, None),
    ]
    both = pd.concat([duties, make_duties(rows)], ignore_index=True)
    assert find_vacant(areas, both, DAY)["code"].tolist() == ["990101001201003"]
    assert find_vacant(areas, both, date(2025, 12, 31))["code"].tolist() == []
    assert len(find_vacant(areas, duties, date(2023, 12, 31))) == len(areas)


def test_an_area_not_in_force_is_not_vacant(areas: Any, duties: Any) -> None:
    """What does not exist on the day needs nobody; the day after its last is the first without it."""
    ended = areas.assign(valid_to=pd.Series(pd.Timestamp("2026-01-01"), areas.index).astype("datetime64[s]"))
    assert find_vacant(ended, duties, DAY).empty
    assert len(find_vacant(ended, duties, date(2025, 12, 31))) == 1


def test_doubled_names_the_officers_and_the_whole_period() -> None:
    """The period is the longest with one set of officers; a third officer begins another."""
    frame = make_duties(
        [
            ("A", "area", "x", "primary", None, "2026-06-01"),
            ("B", "area", "x", "primary", "2025-01-01", None),
            ("C", "area", "x", "primary", "2026-03-01", "2026-04-01"),
            ("C", "area", "x", "deputy", None, None),
            ("B", "area", "y", "primary", None, None),
            ("B", "area", "y", "primary", "2025-01-01", "2027-01-01"),
        ]
    )
    found = find_doubled(frame, start=DAY, end=date(2026, 1, 2))
    assert found[["target", "officers"]].values.tolist() == [["x", ["A", "B"]]]
    assert found[["from", "to"]].astype(str).values.tolist() == [["2025-01-01", "2026-03-01"]]
    year = find_doubled(frame, start=DAY, end=date(2027, 1, 1))
    assert year["officers"].tolist() == [["A", "B"], ["A", "B", "C"], ["A", "B"]]
    assert find_doubled(frame, start=date(2026, 6, 1), end=date(2030, 1, 1)).empty


def test_doubled_without_an_end_stays_open() -> None:
    """Open on both sides is missing on both sides; officers that hand over on one day are not doubled."""
    frame = make_duties([("A", "facility", "f", "primary", None, None), ("B", "facility", "f", "primary", None, None)])
    found = find_doubled(frame, start=DAY, end=date(2026, 1, 2))
    assert found["target_kind"].tolist() == ["facility"]
    assert found[["from", "to"]].isna().all().all()
    handed = make_duties([("A", "area", "x", "primary", None, DAY), ("B", "area", "x", "primary", DAY, None)])
    assert find_doubled(handed, start=date(2000, 1, 1), end=date(2050, 1, 1)).empty


offsets = st.one_of(st.none(), st.integers(-20, 60))
periods = st.tuples(offsets, offsets).filter(lambda p: p[0] is None or p[1] is None or p[0] < p[1])
duty_rows = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.sampled_from(["primary", "deputy"]), periods),
    max_size=12,
)
target_rows = st.lists(st.tuples(st.sampled_from("xyz"), periods), min_size=1, max_size=4)


def on_day(offset: int | None) -> Any:
    return None if offset is None else np.datetime64(EPOCH) + offset


def holds(period: Any, day: int) -> bool:
    begin, end = period
    return (begin is None or begin <= day) and (end is None or day < end)


def table_of(timeline: pd.DataFrame, width: int) -> dict[tuple[str, int], str]:
    """State by target and day; fails where two rows hold one day."""
    found: dict[tuple[str, int], str] = {}
    for row in timeline.to_dict("records"):
        begin, end = ((row[k].date() - EPOCH).days for k in ("from", "to"))
        assert 0 <= begin < end <= width
        for day in range(begin, end):
            assert (row["target"], day) not in found
            found[row["target"], day] = row["state"]
    return found


@settings(deadline=None, max_examples=50)
@given(targets=target_rows, rows=duty_rows, width=st.integers(1, 50), seed=st.integers(0, 99))
def test_the_timeline_partitions_the_period(targets: Any, rows: Any, width: int, seed: int) -> None:
    """Each day on which a target exists has exactly one state, the one a count of officers gives; rows are longest."""
    names = pd.Series([code for code, _p in targets], dtype="str")
    starts, ends = days([on_day(p[0]) for _c, p in targets]), days([on_day(p[1]) for _c, p in targets])
    frame = pd.DataFrame({"code": names, "valid_from": starts, "valid_to": ends})
    duties = make_duties([(o, "area", t, role, on_day(p[0]), on_day(p[1])) for o, t, role, p in rows])
    end = (pd.Timestamp(EPOCH) + pd.Timedelta(days=width)).date()
    timeline = trace_timeline(frame, duties, start=EPOCH, end=end)
    expected = {}
    for day in range(width):
        for code in {code for code, p in targets if holds(p, day)}:
            officers = {o for o, t, role, p in rows if t == code and role == "primary" and holds(p, day)}
            expected[code, day] = ("vacant", "covered", "doubled")[min(len(officers), 2)]
    assert table_of(timeline, width) == expected
    meet = timeline["target"].eq(timeline["target"].shift()) & timeline["from"].eq(timeline["to"].shift())
    assert not (meet & timeline["state"].eq(timeline["state"].shift())).any()
    shuffled = trace_timeline(
        frame.sample(frac=1, random_state=seed), duties.sample(frac=1, random_state=seed), start=EPOCH, end=end
    )
    pd.testing.assert_frame_equal(timeline, shuffled)


@settings(deadline=None, max_examples=50)
@given(rows=duty_rows, day=st.integers(0, 40))
def test_doubled_and_timeline_agree(rows: Any, day: int) -> None:
    """A target is doubled on a day if and only if find_doubled has one row for it on that day."""
    duties = make_duties([(o, "area", t, role, on_day(p[0]), on_day(p[1])) for o, t, role, p in rows])
    targets = always(pd.DataFrame({"code": list("xyz")}))
    start, end = (pd.Timestamp(EPOCH) + pd.Timedelta(days=day + k) for k in (0, 1))
    timeline = trace_timeline(targets, duties, start=start.date(), end=end.date())
    found = find_doubled(duties, start=start.date(), end=end.date())
    assert found["target"].tolist() == timeline.loc[timeline["state"] == "doubled", "target"].tolist()
    for target, officers in zip(found["target"], found["officers"], strict=True):
        assert officers == sorted({o for o, t, role, p in rows if (t, role) == (target, "primary") and holds(p, day)})


def test_a_facility_goes_to_the_lowest_level_that_exists(areas: Any, clinics: Any) -> None:
    """Grids when there are any; without them villages; the index is the caller's."""
    moved = clinics.set_index(np.arange(10, 15))
    found = locate_facilities(moved, areas)
    assert found.index.tolist() == list(range(10, 15))
    assert found.dtype == "str"
    assert found.isna().tolist() == [False, False, False, False, True]
    assert found.iloc[:4].tolist() == clinics["area_code"].iloc[:4].tolist()
    villages = locate_facilities(clinics, areas[areas["level"] != "grid"])
    assert villages.str.len().tolist() == [12] * 5
    assert find_orphans(clinics, areas, DAY)["code"].tolist() == ["F5"]
    assert find_orphans(clinics, areas.iloc[:0], DAY)["code"].tolist() == clinics["code"].tolist()


def test_a_village_without_grids_is_the_lowest_area_of_its_ground(areas: Any, clinics: Any) -> None:
    """Where one village is divided and the next is not, the lowest level is meant at its place."""
    partly = areas[~areas["code"].str.startswith("990101001202") | (areas["level"] != "grid")]
    found = locate_facilities(clinics, partly)
    assert found.iloc[[1, 2, 3]].tolist() == ["990101001201002", "990101001202", "990101001202"]
    assert find_orphans(clinics, partly, DAY)["code"].tolist() == ["F5"]


def test_a_facility_without_a_point_is_an_orphan(areas: Any, clinics: Any) -> None:
    """A missing or empty point lies nowhere, whatever area it claims."""
    lost = clinics.copy()
    lost.geometry = [None, shapely.Point(), *clinics.geometry.iloc[2:]]
    assert find_orphans(lost, areas, DAY)["code"].tolist() == ["F1", "F2", "F5"]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), columns=st.integers(1, 6), rows=st.integers(1, 6))
def test_facilities_are_divided_among_the_grids(seed: int, columns: int, rows: int) -> None:
    """On ground without gaps each facility, borders and corners included, has exactly one grid, whatever the order."""
    random = np.random.default_rng(seed)
    x, y = (part.ravel().astype(float) for part in np.meshgrid(np.arange(columns), np.arange(rows)))
    cells = [shapely.box(a, b, a + 1, b + 1) for a, b in zip(x, y, strict=True)]
    codes = [f"g{k:02d}" for k in range(len(x))]
    grids = gpd.GeoDataFrame({"code": codes, "level": "grid", "parent_code": None}, geometry=cells, crs=4326)
    xy = random.integers(0, 2 * np.array([columns, rows]) + 1, (50, 2)) / 2
    places = gpd.GeoDataFrame({"code": range(50)}, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=4326)
    found = locate_facilities(places, grids)
    assert found.notna().all()
    assert locate_facilities(places, grids.sample(frac=1, random_state=seed)).equals(found)
    for point, code in zip(places.geometry, found, strict=True):
        assert code == min(grids.loc[grids.intersects(point), "code"])


def test_workload_counts_ground_and_facilities_once(areas: Any, duties: Any, clinics: Any) -> None:
    """An officer's grid inside the officer's village adds an area but no ground; a facility in both counts once."""
    table: Any = measure_workload(areas, duties, clinics, DAY).set_index("officer")
    assert table["areas"].to_dict() == {"O1": 2, "O2": 3, "O3": 4}
    assert table["facilities"].to_dict() == {"O1": 5, "O2": 3, "O3": 2}
    assert table["share"].sum() == pytest.approx(1)
    assert table.loc["O1", "area_km2"] == pytest.approx(table.loc[["O2", "O3"], "area_km2"].sum(), rel=1e-9)
    before: Any = measure_workload(areas, duties, clinics, date(2025, 6, 30)).set_index("officer")
    grown = before.loc["O3"] - table.loc["O3"]
    assert grown["areas"] == 1
    assert grown["area_km2"] > 0
    assert measure_workload(areas, duties, clinics, date(2020, 1, 1)).empty


def test_chain_of_an_area_goes_up_to_the_top(areas: Any, duties: Any, clinics: Any) -> None:
    """Nearest first; a vacant level has no officer; a deputy stands after the primary."""
    chain = trace_chain("990101001201003", areas, duties, clinics, DAY)
    assert chain["area"].tolist() == ["990101001201003", "990101001201", "990101001", "990101"]
    assert chain["level"].tolist() == ["grid", "village", "street", "district"]
    assert chain["officer"].isna().tolist() == [True, False, False, False]
    assert chain["role"].tolist() == ["primary"] * 4
    assert chain["from"].isna().tolist() == [True, False, False, False]
    deputy = trace_chain("990101001201002", areas, duties, clinics, DAY)
    assert deputy[["officer", "role"]].iloc[:2].values.tolist() == [["O2", "primary"], ["O3", "deputy"]]


def test_chain_of_a_facility_begins_with_its_own_officer(areas: Any, duties: Any, clinics: Any) -> None:
    """Its own assignment first if it has one, then the grid that its point lies in; in a hole, the village."""
    own = trace_chain("F1", areas, duties, clinics, DAY)
    assert own[["area", "level"]].iloc[:2].values.tolist() == [["F1", "facility"], ["990101001201001", "grid"]]
    assert trace_chain("F2", areas, duties, clinics, DAY)["area"].iloc[0] == "990101001201002"
    assert trace_chain("F5", areas, duties, clinics, DAY)["level"].tolist() == ["village", "street", "district"]


def test_chain_of_nothing_is_not_found(areas: Any, duties: Any, clinics: Any) -> None:
    """An unknown code, and one that is not in force on the day, raise NotFound."""
    with pytest.raises(NotFound):
        trace_chain("nowhere", areas, duties, clinics, DAY)
    later = areas.assign(valid_from=pd.Series(pd.Timestamp("2030-01-01"), areas.index).astype("datetime64[s]"))
    with pytest.raises(NotFound):
        trace_chain("990101", later, duties, clinics, DAY)


def test_a_chain_ends_even_where_areas_contain_each_other(areas: Any, duties: Any, clinics: Any) -> None:
    """A circle of parents is visited once."""
    circle = areas.assign(parent_code=areas["parent_code"].fillna("990101001"))
    assert trace_chain("990101", circle, duties, clinics, DAY)["area"].tolist() == ["990101", "990101001"]


def test_gaps_have_the_keys_of_the_contract_and_are_json(areas: Any, duties: Any, clinics: Any) -> None:
    """Every planted fault of the tiny town is found with its size, and nothing else."""
    known = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    gaps = summarise_gaps(areas, duties, clinics, on=DAY, known=known)
    document = json.loads(json.dumps(gaps.to_json()))
    names = ["on", "known", "vacant", "doubled", "holes", "overlaps", "outside", "orphans", "workload"]
    assert list(document) == names
    assert document["on"] == "2026-01-01"
    assert document["known"] == "2026-02-03T04:05:00+00:00"
    assert document["vacant"] == ["990101001201003"]
    assert document["doubled"] == []
    assert document["orphans"] == ["F5"]
    [hole], [overlap], [outside] = document["holes"], document["overlaps"], document["outside"]
    assert hole == {"parent": "990101001201", "area_m2": pytest.approx(2180.1, abs=0.1)}
    assert (overlap["a"], overlap["b"]) == ("990101001202001", "990101001202002")
    assert overlap["area_m2"] == pytest.approx(1090.0, abs=0.1)
    assert outside == {"child": "990101001202003", "parent": "990101001202", "area_m2": pytest.approx(1090.0, abs=0.1)}
    window = (date(2025, 1, 1), date(2026, 1, 1))
    timed = summarise_gaps(areas, duties, clinics, on=DAY, known=known, window=window).to_json()
    assert list(timed) == [*names, "timeline"]
    assert {"target": "990101001201003", "from": "2025-01-01", "to": "2026-01-01", "state": "vacant"} in timed[
        "timeline"
    ]


def test_gaps_do_not_depend_on_the_order_of_rows(areas: Any, duties: Any, clinics: Any) -> None:
    """Shuffled frames, and frames with another index, give the same document."""
    known = datetime(2026, 2, 3, tzinfo=UTC)
    extra = make_duties(
        [("O9", "area", "990101001", "primary", None, None), ("O9", "area", "gone", "primary", None, None)]
    )
    duties = pd.concat([duties, extra, extra.assign(officer_code="O8")], ignore_index=True)
    window = (date(2025, 1, 1), date(2026, 1, 1))
    first = summarise_gaps(areas, duties, clinics, on=DAY, known=known, window=window).to_json()
    assert [row["target"] for row in first["doubled"]] == ["990101001"]
    assert first["doubled"][0]["officers"] == ["O1", "O8", "O9"]
    assert first["doubled"][0]["to"] is None
    for seed in range(5):
        shuffled = [frame.sample(frac=1, random_state=seed) for frame in (areas, duties, clinics)]
        assert summarise_gaps(*shuffled, on=DAY, known=known, window=window).to_json() == first


def test_nothing_in_the_store_is_no_gap(areas: Any, duties: Any, clinics: Any) -> None:
    """Empty frames give empty lists."""
    empty = [frame.iloc[:0] for frame in (areas, duties, clinics)]
    document = summarise_gaps(*empty, on=DAY, known=datetime(2026, 1, 1, tzinfo=UTC), window=(EPOCH, DAY)).to_json()
    assert [value for key, value in document.items() if key not in ("on", "known")] == [[]] * 8

"""What an import records: news, corrections, ends, and nothing at all when the file says nothing new."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sqlalchemy import Engine, text

from gis.errors import DataRejected
from gis.store import schema, write
from gis.tables import TABLES
from tests.store.frames import SQUARE, TYPES, Row, build_areas, build_assignments, build_frame
from tests.store.importing import at, bring_in, counts, periods, read_all


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_every_kind_comes_back_as_it_went_in(engine: Engine, kind: str) -> None:
    """A canonical frame that is stored and read again is the same frame, of the same types."""
    table = TABLES[kind]
    rows: list[Row] = [
        dict.fromkeys(table.key, code) | {"valid_from": day} for code, day in (("A1", None), ("B2", "2020-01-31"))
    ]
    if kind == "assignments":
        rows = [row | {"target_kind": "area", "role": "primary"} for row in rows]
    awkward = '引号 " 逗号, 换行\n反斜杠 \\ =1+1'
    spare = [c for c in table.columns if c not in (*table.required, "valid_from", "valid_to", "area_code")]
    plain = {"Int64": 2**40, "float64": 1 / 3}
    filled: Row = {c: plain.get(TYPES.get(c, ""), awkward) for c in spare}
    filled |= {"result": "fail"} if "result" in spare else {}
    frame = build_frame(kind, rows[0] | filled, rows[1] | {"valid_to": "2021-01-01"})
    bring_in(engine, kind, frame)
    found = read_all(engine, kind)
    table.schema.validate(pd.DataFrame(found)[list(table.columns)])
    assert_frame_equal(pd.DataFrame(found[list(table.columns)]), pd.DataFrame(frame[list(table.columns)]))
    if table.geometry:
        assert shapely.equals(found.geometry, frame.geometry).all()
        assert found.crs == frame.crs


def test_shortest_and_longest_text_are_told_apart_from_missing(engine: Engine) -> None:
    """An empty text stays an empty text, a missing one stays missing."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A", "department": ""}, {"code": "B"}))
    assert read_all(engine, "officers")["department"].isna().tolist() == [False, True]


def test_same_file_twice_changes_nothing(engine: Engine) -> None:
    """The second import of a file finds every row unchanged and records no version."""
    frame = build_areas({"code": "1"}, {"code": "2", "geometry": shapely.MultiPolygon([SQUARE])})
    assert counts(bring_in(engine, "areas", frame)) == (2, 0, 0)
    assert counts(bring_in(engine, "areas", frame, now=at(1))) == (0, 0, 2)
    assert number_of_rows(engine, "area") == 2


def test_control_another_file_does_change_something(engine: Engine) -> None:
    """A geometry that differs in one coordinate is a change: the comparison is exact."""
    bring_in(engine, "areas", build_areas({"code": "1"}))
    moved = shapely.box(120.0, 30.0, 120.01, np.nextafter(30.01, 90))
    assert counts(bring_in(engine, "areas", build_areas({"code": "1", "geometry": moved}), now=at(1))) == (0, 1, 0)


def test_a_later_period_ends_the_one_before(engine: Engine) -> None:
    """What a file says of a later period leaves the days before it as they were."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A", "name": "甲"}))
    later = build_frame("officers", {"code": "A", "name": "乙", "valid_from": "2024-06-01"})
    bring_in(engine, "officers", later, now=at(1))
    found = periods(read_all(engine, "officers"), "name")
    assert found == [("甲", None, "2024-06-01"), ("乙", "2024-06-01", None)]


def test_an_end_in_the_file_ends_the_stored_version(engine: Engine) -> None:
    """The same beginning with another end restates the period: that is how something is ended."""
    bring_in(engine, "licences", licence("2020-01-01", None))
    assert counts(bring_in(engine, "licences", licence("2020-01-01", "2023-01-01"), now=at(1))) == (0, 1, 0)
    assert periods(read_all(engine, "licences"), "number") == [("N", "2020-01-01", "2023-01-01")]


def test_a_part_of_a_period_is_no_news(engine: Engine) -> None:
    """A row that says of some days what is stored for them is unchanged."""
    bring_in(engine, "licences", licence("2020-01-01", None))
    assert counts(bring_in(engine, "licences", licence("2021-01-01", "2022-01-01"), now=at(1))) == (0, 0, 1)


def test_pieces_that_agree_cover_a_row(engine: Engine) -> None:
    """A row is unchanged where several stored versions together say what it says."""
    bring_in(engine, "licences", licence("2020-01-01", "2021-01-01", "2021-01-01", None))
    assert counts(bring_in(engine, "licences", licence("2020-01-01", None), now=at(1))) == (0, 0, 1)


def test_a_key_may_have_several_periods_in_one_file(engine: Engine) -> None:
    """Periods of one key that do not overlap are stored side by side; overlapping ones are refused."""
    assert counts(bring_in(engine, "licences", licence("2020-01-01", "2021-01-01", "2022-01-01", None))) == (2, 0, 0)
    with pytest.raises(DataRejected, match="F N"):
        bring_in(engine, "licences", licence("2020-01-01", "2022-01-01", "2021-01-01", None))


def test_a_period_without_a_day_is_refused(engine: Engine) -> None:
    """A period that ends on the day it starts, or earlier, is no period."""
    with pytest.raises(DataRejected, match="F N"):
        bring_in(engine, "licences", licence("2020-01-01", "2020-01-01"))


def test_a_sample_shows_what_is_new(engine: Engine) -> None:
    """The sample has at most fifty rows, in the order of the file, each with its key and what became of it."""
    first = build_frame("officers", *({"code": f"{i:03d}"} for i in range(80)))
    sample = bring_in(engine, "officers", first).sample
    assert sample.columns.tolist() == ["code", "status"]
    assert (len(sample), set(sample["status"])) == (50, {"inserted"})
    second = build_frame("officers", {"code": "new"}, {"code": "001"}, {"code": "002", "name": "改"})
    sample = bring_in(engine, "officers", second, now=at(1)).sample
    assert sample.to_numpy().tolist() == [["new", "inserted"], ["002", "changed"]]


def test_a_rolled_back_import_leaves_nothing(engine: Engine) -> None:
    """A dry run is an import whose transaction is rolled back: no row and no import of it stay."""
    with engine.connect() as connection:
        number = write.start_import(connection, kind="officers", file="x", sha256="", evidence={}, now=at(0))
        frame = build_frame("officers", {"code": "A"})
        assert write.upsert(connection, "officers", frame, import_id=number, now=at(0)).inserted == 1
        connection.rollback()
    assert number_of_rows(engine, "officer") == number_of_rows(engine, "import_run") == 0


def test_an_import_that_is_refused_leaves_nothing(engine: Engine) -> None:
    """One row that cannot be stored keeps the whole file out."""
    no_point = build_frame("facilities", {"code": "A"}, {"code": "B", "geometry": None})
    with pytest.raises(DataRejected):
        bring_in(engine, "facilities", no_point)
    assert number_of_rows(engine, "facility") == number_of_rows(engine, "import_run") == 0


@pytest.mark.parametrize("kind", ["areas", "facilities"])
def test_a_big_batch_keeps_its_indexes(engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Indexes and constraints dropped for a big batch are all there again, in an empty table and a full one."""
    monkeypatch.setattr(write, "BULK_ROWS", 10)
    table = schema.STORED[kind].name
    before = index_definitions(engine, table)
    for name in ("甲", "乙"):
        bring_in(engine, kind, build_frame(kind, *({"code": str(i), "name": name} for i in range(20))))
        assert index_definitions(engine, table) == before


def test_an_event_has_one_version(engine: Engine) -> None:
    """A session whose day a later file corrects is on the new day alone; what was known before can still be asked."""
    for held_on, hours in (("2024-05-06", 0), ("2024-07-01", 1), ("2024-03-02", 2)):
        session = {"code": "S", "held_on": held_on, "valid_from": held_on, "reach": 40}
        bring_in(engine, "outreach", build_frame("outreach", session), now=at(hours))
    assert periods(read_all(engine, "outreach"), "code") == [("S", "2024-03-02", None)]
    assert periods(read_all(engine, "outreach", known=at(1.5)), "code") == [("S", "2024-07-01", None)]


def test_two_primaries_are_refused(engine: Engine) -> None:
    """One declared primary per target at any instant: the message names the target and both officers."""
    bring_in(engine, "assignments", build_assignments(("O1", "X", "2020-01-01", None)))
    with pytest.raises(DataRejected) as refusal:
        bring_in(engine, "assignments", build_assignments(("O2", "X", "2024-01-01", None)), now=at(1))
    assert refusal.value.details["doubled"] == [{"target": "X", "officers": ["O2", "O1"]}]
    assert periods(read_all(engine, "assignments"), "officer_code") == [("O1", "2020-01-01", None)]


def test_control_one_primary_after_the_other_is_accepted(engine: Engine) -> None:
    """A file may hand a target over: the one ends on the day the other begins. Deputies may be many."""
    bring_in(engine, "assignments", build_assignments(("O1", "X", "2020-01-01", None)))
    handover = build_assignments(("O1", "X", "2020-01-01", "2024-01-01"), ("O2", "X", "2024-01-01", None))
    assert counts(bring_in(engine, "assignments", handover, now=at(1))) == (1, 1, 0)
    deputies = build_assignments(("O1", "X", None, None), ("O2", "X", None, None)).assign(role="deputy")
    assert counts(bring_in(engine, "assignments", deputies, now=at(2))) == (2, 0, 0)


DAYS = [None, "2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01", None]


@st.composite
def licence_files(draw: st.DrawFn) -> Any:
    """A file of up to three licences, each with up to three periods that do not overlap."""
    rows = []
    for number in draw(st.lists(st.sampled_from("KLM"), max_size=3, unique=True)):
        cuts = sorted(draw(st.lists(st.integers(0, 6), min_size=2, max_size=6, unique=True)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            kind = draw(st.sampled_from(["甲", "乙", None]))
            period = {"valid_from": DAYS[start], "valid_to": DAYS[end]}
            rows.append({"facility_code": "F", "number": number, "kind": kind, **period})
    return build_frame("licences", *rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(licence_files(), min_size=1, max_size=4))
def test_import_is_idempotent(engine: Engine, files: list[pd.DataFrame]) -> None:
    """After any imports: the last file again changes nothing, it is what is stored for its periods, and the
    current versions of a key never overlap."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE licence DISABLE TRIGGER ALL; DELETE FROM licence"))
    for file in files:
        bring_in(engine, "licences", file)
    last = files[-1]
    again = bring_in(engine, "licences", last)
    assert counts(again) == (0, 0, len(last))
    stored = read_all(engine, "licences")
    for row in last.itertuples():
        start, end = ends(row)
        covering = [s for s in stored[stored["number"] == row.number].itertuples() if meets(ends(s), (start, end))]
        assert all(same_text(s.kind, row.kind) for s in covering)
        assert sum((min(ends(s)[1], end) - max(ends(s)[0], start) for s in covering), pd.Timedelta(0)) == end - start
    for _number, versions in stored.groupby("number"):
        spans = sorted(ends(s) for s in versions.itertuples())
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


def licence(*days: str | None) -> Any:
    """One licence with periods given as from, to, from, to."""
    pairs = zip(days[::2], days[1::2], strict=True)
    rows = ({"facility_code": "F", "number": "N", "valid_from": start, "valid_to": end} for start, end in pairs)
    return build_frame("licences", *rows)


def ends(row: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First day and day after the last, far away where open."""
    start, end = row.valid_from, row.valid_to  # type: ignore[attr-defined]
    return (
        pd.Timestamp("1900-01-01") if pd.isna(start) else start,
        pd.Timestamp("2100-01-01") if pd.isna(end) else end,
    )


def meets(one: tuple[pd.Timestamp, pd.Timestamp], other: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def same_text(one: object, other: object) -> bool:
    return one == other or (pd.isna(one) and pd.isna(other))  # type: ignore[call-overload]


def number_of_rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def index_definitions(engine: Engine, table: str) -> list[str]:
    query = f"""
        SELECT indexdef FROM pg_indexes WHERE tablename = '{table}'
        UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass ORDER BY 1"""
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())

"""As of a day, and as known at an instant: every earlier answer can be given again."""

from datetime import date, timedelta

import pytest
import shapely
from sqlalchemy import Engine

from gis.errors import UsageError
from gis.store import read
from gis.store.engine import transaction
from tests.store.frames import SQUARE, build_areas, build_assignments, build_frame
from tests.store.importing import at, bring_in, periods, read_all


@pytest.fixture
def corrected(engine: Engine) -> Engine:
    """An officer whose name is corrected an hour later, from June 2024 on."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A", "name": "甲"}), now=at(0))
    later = build_frame("officers", {"code": "A", "name": "乙", "valid_from": "2024-06-01"})
    bring_in(engine, "officers", later, now=at(1))
    return engine


@pytest.mark.parametrize(
    ("on", "hours", "name"),
    [
        (date(2024, 5, 31), None, "甲"),
        (date(2024, 6, 1), None, "乙"),
        (date(2024, 6, 1), 0.5, "甲"),
        (date(2024, 6, 1), 1, "乙"),
    ],
)
def test_as_of_and_as_known(corrected: Engine, on: date, hours: float | None, name: str) -> None:
    """A period holds its first day and not its last; what is recorded at an instant is known from that instant on."""
    known = None if hours is None else at(hours)
    assert read_all(corrected, "officers", on=on, known=known)["name"].tolist() == [name]


def test_nothing_was_known_before_the_first_import(corrected: Engine) -> None:
    """Before anything was recorded every table is empty, with its columns and types."""
    found = read_all(corrected, "officers", known=at(-1))
    assert found.empty
    assert found.dtypes.equals(read_all(corrected, "officers").dtypes)


def test_what_was_known_stays(corrected: Engine) -> None:
    """All periods as they were known before the correction."""
    assert periods(read_all(corrected, "officers", known=at(0.5)), "name") == [("甲", None, None)]


def test_the_clock_may_stand_still(engine: Engine) -> None:
    """Imports at one and the same instant follow each other by microseconds, and neither is lost."""
    for name in ("甲", "乙", "丙"):
        bring_in(engine, "officers", build_frame("officers", {"code": "A", "name": name}), now=at(0))
    names = [read_all(engine, "officers", known=at(0) + timedelta(microseconds=i))["name"].tolist() for i in range(3)]
    assert names == [["甲"], ["乙"], ["丙"]]


def test_the_mark_changes_with_everything_recorded(engine: Engine) -> None:
    """The mark of the latest state stays between imports and changes with each."""
    marks = []
    for name in ("甲", "乙"):
        bring_in(engine, "officers", build_frame("officers", {"code": "A", "name": name}))
        with transaction(engine) as connection:
            marks += [read.latest(connection), read.latest(connection)]
    assert marks[0] == marks[1] != marks[2] == marks[3]


@pytest.fixture
def place(engine: Engine) -> Engine:
    """Two areas, one inside the other, and three facilities: inside, on the border, outside."""
    inner = shapely.box(120.0, 30.0, 120.005, 30.01)
    bring_in(
        engine,
        "areas",
        build_areas(
            {"code": "1", "name": "百分 100%", "level": "street", "geometry": SQUARE},
            {"code": "11", "name": "下划_线", "parent_code": "1", "geometry": inner},
        ),
    )
    points = {"in": 120.001, "edge": 120.005, "out": 120.5}
    rows = ({"code": c, "kind": c, "geometry": shapely.Point(x, 30.005)} for c, x in points.items())
    bring_in(engine, "facilities", build_frame("facilities", *rows))
    bring_in(engine, "licences", build_frame("licences", {"facility_code": "in", "number": "N"}))
    bring_in(engine, "assignments", build_assignments(("O", "11", None, None)))
    return engine


@pytest.mark.parametrize(
    ("table", "filters", "codes"),
    [
        ("areas", {"codes": ["11", "x"]}, ["11"]),
        ("areas", {"codes": []}, []),
        ("areas", {"level": "street"}, ["1"]),
        ("areas", {"parent": "1"}, ["11"]),
        ("areas", {"search": "0%"}, ["1"]),
        ("areas", {"search": "_"}, ["11"]),
        ("areas", {"search": "划"}, ["11"]),
        ("areas", {"search": "\\"}, []),
        ("areas", {"search": "' OR true --"}, []),
        ("areas", {"bbox": (120.007, 30.001, 121.0, 31.0)}, ["1"]),
        ("areas", {"bbox": (120.001, 30.001, 120.001, 30.001)}, ["1", "11"]),
        ("areas", {"bbox": (119.0, 30.001, 120.001, 30.001)}, ["1", "11"]),
        ("facilities", {"area": "11"}, ["edge", "in"]),
        ("facilities", {"area": "1", "kind": "in"}, ["in"]),
        ("facilities", {"bbox": (120.2, 30.0, 120.9, 31.0)}, ["out"]),
        ("facilities", {"search": "DG"}, ["edge"]),
        ("facilities", {"area": None, "search": None}, ["edge", "in", "out"]),
        ("licences", {"facility": "in"}, ["in"]),
        ("licences", {"codes": ["out"]}, []),
        ("assignments", {"codes": ["11"]}, ["11"]),
        ("assignments", {"facility": "11"}, []),
    ],
)
def test_filters(place: Engine, table: str, filters: dict[str, object], codes: list[str]) -> None:
    """Each filter picks what it says, and the count says how many."""
    found = read_all(place, table, on=date(2026, 1, 1), **filters)
    column = next(c for c in ("code", "facility_code", "target_code") if c in found)
    assert found[column].tolist() == codes
    with transaction(place) as connection:
        assert read.count_table(connection, table, on=date(2026, 1, 1), known=None, **filters) == len(codes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("table", "name"), [("officers", "area"), ("licences", "bbox"), ("areas", "facility")])
def test_a_filter_that_a_table_does_not_have(engine: Engine, table: str, name: str) -> None:
    """A filter without a meaning for the table is refused, not ignored."""
    with pytest.raises(UsageError, match=name):
        read_all(engine, table, **{name: (0, 0, 1, 1)})


def test_pages_follow_the_order_of_codes(place: Engine) -> None:
    """Limit and offset cut the ordered rows; the order is that of the bytes, as in Python."""
    pages = [read_all(place, "facilities", limit=2, offset=offset)["code"].tolist() for offset in (0, 2, 4)]
    assert pages == [["edge", "in"], ["out"], []]


def test_codes_and_counts(place: Engine) -> None:
    """Codes are listed once each; facilities are counted for each area, none included, the border too."""
    with transaction(place) as connection:
        assert read.read_codes(connection, "facilities").tolist() == ["edge", "in", "out"]
        inside = read.count_facilities(connection, level="village", on=date(2026, 1, 1), known=None)
    assert inside.to_dict() == {"11": 2}

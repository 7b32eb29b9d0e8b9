"""A change of areas in the store, and what a file may say about what it made."""

from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine

from gis.errors import DataRejected
from gis.store import read, write
from gis.store.engine import transaction
from gis.tables import AreaChange
from tests.store.frames import SQUARE, build_areas, build_assignments, build_frame
from tests.store.importing import at, bring_in, counts, periods, read_all

DAY = "2025-01-01"
WEST, EAST = shapely.box(120.0, 30.0, 120.005, 30.01), shapely.box(120.005, 30.0, 120.01, 30.01)
OLD_AREAS = ({"code": "X", "valid_to": "2030-01-01"}, {"code": "C", "parent_code": "X", "level": "grid"})
OLD_OFFICERS = (("O1", "X", None, None), ("O2", "Y", None, None))


def split(**other: Any) -> AreaChange:
    """Area X becomes X1 and X2; its child, its primary and a facility's claim go to X1."""
    after = build_areas(
        {"code": "X1", "geometry": WEST, "valid_from": DAY}, {"code": "X2", "geometry": EAST, "valid_from": DAY}
    )
    walk = {"old_code": ["X", "X"], "new_code": ["X1", "X2"], "area_m2": [1.0, 1.0]}
    parts = {
        "kind": "split",
        "on": date(2025, 1, 1),
        "before": build_areas(OLD_AREAS[0]),
        "after": after,
        "reparented": build_areas({"code": "C", "parent_code": "X1", "level": "grid", "valid_from": DAY}),
        "crosswalk": pd.DataFrame(walk).assign(weight_area=0.5, weight_dwellings=0.5),
        "ended": build_assignments(OLD_OFFICERS[0]).assign(carried=False),
        "begun": build_assignments(("O1", "X1", DAY, None), ("O2", "X1", DAY, None)).assign(carried=True),
        "facilities": pd.DataFrame({"code": ["F"], "area_code": ["X1"]}),
    }
    return AreaChange(**(parts | other))


def apply(engine: Engine, change: AreaChange, *, hours: float = 1) -> int:
    with transaction(engine) as connection:
        return write.apply_change(connection, change, now=at(hours))


@pytest.fixture
def town(engine: Engine) -> Engine:
    """X with a child, two officers and a facility that claims it."""
    bring_in(engine, "areas", build_areas(*OLD_AREAS))
    bring_in(engine, "assignments", build_assignments(*OLD_OFFICERS))
    bring_in(engine, "facilities", build_frame("facilities", {"code": "F", "area_code": "X"}))
    return engine


@pytest.fixture
def changed(town: Engine) -> Engine:
    """The same after X was split."""
    apply(town, split())
    return town


def test_a_change_ends_and_begins(changed: Engine) -> None:
    """What the change ends, ends on its day; what it begins, begins on it; nothing else is touched."""
    assert periods(read_all(changed, "areas"), "code", "parent_code") == [
        ("C", "X", None, DAY),
        ("C", "X1", DAY, None),
        ("X", None, None, DAY),
        ("X1", None, DAY, None),
        ("X2", None, DAY, None),
    ]
    assert periods(read_all(changed, "assignments"), "officer_code", "target_code", "carried") == [
        ("O1", "X", "False", None, DAY),
        ("O1", "X1", "True", DAY, None),
        ("O2", "X1", "True", DAY, None),
        ("O2", "Y", "False", None, None),
    ]
    assert periods(read_all(changed, "facilities"), "area_code") == [("X", None, DAY), ("X1", DAY, None)]


def test_before_the_change_was_recorded(changed: Engine) -> None:
    """As known an instant earlier nothing has changed, of any day."""
    assert periods(read_all(changed, "areas", known=at(0.5)), "code") == [("C", None, None), ("X", None, "2030-01-01")]
    assert len(read_all(changed, "assignments", known=at(0.5))) == 2


def test_the_crosswalk_is_kept(changed: Engine) -> None:
    """The change is listed under its number, for every code it touched, with its crosswalk."""
    with transaction(changed) as connection:
        everything = read.read_changes(connection)
        assert everything[["kind", "on"]].to_numpy().tolist() == [["split", pd.Timestamp(DAY)]]
        assert everything["recorded_at"].iloc[0] == at(1)
        assert len(read.read_changes(connection, code="X2")) == 1
        assert read.read_changes(connection, code="C").empty
        assert read.read_changes(connection, known=at(0.5)).empty
        walk = read.read_crosswalk(connection, everything["number"].tolist())
        assert read.read_crosswalk(connection, []).empty
    assert walk[["old_code", "new_code", "weight_area"]].to_numpy().tolist() == [["X", "X1", 0.5], ["X", "X2", 0.5]]


@pytest.mark.parametrize(
    ("kind", "frame"),
    [
        ("areas", build_areas(*OLD_AREAS)),
        ("areas", build_areas({"code": "X"}, {"code": "C", "parent_code": "X", "level": "grid"})),
        ("areas", build_areas(OLD_AREAS[0] | {"valid_to": DAY})),
        ("assignments", build_assignments(*OLD_OFFICERS)),
        ("facilities", build_frame("facilities", {"code": "F", "area_code": "X"})),
    ],
)
def test_an_old_file_changes_nothing(changed: Engine, kind: str, frame: pd.DataFrame) -> None:
    """A file from before the change, with the old end, none, or the day of the change, says nothing new."""
    assert counts(bring_in(changed, kind, frame, now=at(2))) == (0, 0, len(frame))


@pytest.mark.parametrize(
    ("kind", "frame", "remedy"),
    [
        ("areas", build_areas({"code": "X", "name": "别名"}), "redraw"),
        ("areas", build_areas({"code": "X1", "geometry": WEST}), "redraw"),
        ("facilities", build_frame("facilities", {"code": "F", "name": "别名", "area_code": "X"}), "valid_from"),
    ],
)
def test_a_file_may_not_contradict_a_change(changed: Engine, kind: str, frame: pd.DataFrame, remedy: str) -> None:
    """A row that runs across the day of the change as if nothing had happened is refused, with the remedy."""
    with pytest.raises(DataRejected, match=remedy) as refusal:
        bring_in(changed, kind, frame, now=at(2))
    assert DAY in refusal.value.message


def test_control_a_file_may_speak_of_the_days_after(changed: Engine) -> None:
    """A row from the day of the change on, or later, is taken in like any other."""
    later = build_areas({"code": "X1", "geometry": WEST, "name": "新名", "valid_from": "2026-01-01"})
    assert counts(bring_in(changed, "areas", later, now=at(2))) == (0, 1, 0)


@pytest.mark.parametrize("officer", ["O1", "O2", "O3"])
def test_a_declared_primary_ends_the_carried_ones(changed: Engine, officer: str) -> None:
    """Whoever is declared primary from a day on, all carried primaries of the target end on it."""
    decision = build_assignments((officer, "X1", "2025-06-01", None))
    changes = bring_in(changed, "assignments", decision, now=at(2))
    assert changes.unchanged == 0
    held = read_all(changed, "assignments", codes=["X1"])
    assert periods(held[~held["carried"]], "officer_code") == [(officer, "2025-06-01", None)]
    assert periods(held[held["carried"]], "officer_code") == [("O1", DAY, "2025-06-01"), ("O2", DAY, "2025-06-01")]
    assert counts(bring_in(changed, "assignments", decision, now=at(3))) == (0, 0, 1)


def test_an_unchanged_primary_declared_again_decides_too(town: Engine) -> None:
    """Where a declared and a carried primary meet, declaring the first again from a later day ends the second."""
    begun = build_assignments(("O9", "Y", DAY, None)).assign(carried=True)
    apply(town, split(begun=begun))
    assert counts(bring_in(town, "assignments", build_assignments(*OLD_OFFICERS), now=at(2))) == (0, 0, 2)
    decision = build_assignments(("O2", "Y", "2025-06-01", None))
    assert counts(bring_in(town, "assignments", decision, now=at(3))) == (0, 1, 0)
    held = read_all(town, "assignments", codes=["Y"])
    assert periods(held, "officer_code") == [("O2", None, None), ("O9", DAY, "2025-06-01")]


def test_a_change_of_what_is_no_longer_there(town: Engine) -> None:
    """A change planned on something that has ended since is refused, and nothing of it is kept."""
    with pytest.raises(DataRejected, match="Z"):
        apply(town, split(before=build_areas({"code": "Z"})))
    with transaction(town) as connection:
        assert read.read_changes(connection).empty


def test_a_change_may_not_take_a_code_twice(town: Engine) -> None:
    """An area that begins under a code in force is refused by the database itself."""
    bring_in(town, "areas", build_areas({"code": "X1", "geometry": SQUARE}))
    with pytest.raises(DataRejected, match="X1"):
        apply(town, split())


def test_a_change_may_not_make_two_declared_primaries(town: Engine) -> None:
    """A declared primary that begins where another one stands is refused; a carried one may stand beside it."""
    begun = build_assignments(("O9", "Y", DAY, None))
    with pytest.raises(DataRejected, match="O2 area Y primary"):
        apply(town, split(begun=begun.assign(carried=False)))
    apply(town, split(begun=begun.assign(carried=True)))


def test_an_assignment_that_was_to_begin_later_is_withdrawn(town: Engine) -> None:
    """One that begins on the day of the change or later leaves no day behind."""
    future = build_assignments(("O5", "X", "2026-01-01", None)).assign(role="deputy")
    bring_in(town, "assignments", future)
    apply(town, split(ended=future.assign(carried=False)), hours=2)
    assert "O5" not in read_all(town, "assignments")["officer_code"].tolist()
    assert "O5" in read_all(town, "assignments", known=at(1.5))["officer_code"].tolist()

"""The checks of the register: each rule on a case that it finds and on one beside it that it must not."""

from datetime import date
from typing import Any

import pandas as pd

from gis.analysis.premises.checks import RULES, check_register
from gis.policies import InspectionPolicy

ON = date(2026, 6, 30)
POLICY = InspectionPolicy(sites_per_operator=2, ultrasound_kinds=("scan",))
COLUMNS = {
    "facilities": ("code", "kind"),
    "licences": ("facility_code",),
    "equipment": ("serial", "facility_code"),
    "operators": ("operator_code", "facility_code", "qualification"),
}
Rows = list[tuple[Any, ...]]


def frame(kind: str, rows: Rows) -> pd.DataFrame:
    """Rows of a table with from and to at their ends; None is open."""
    made = pd.DataFrame(rows, columns=[*COLUMNS[kind], "valid_from", "valid_to"])
    for end in ("valid_from", "valid_to"):
        made[end] = pd.to_datetime(made[end]).astype("datetime64[s]")
    return made


def check(*, seen: list[tuple[str, str]] | None = None, **tables: Rows) -> list[tuple[str, list[str], str]]:
    """What the rules find of these rows."""
    made = {kind: frame(kind, tables.get(kind, [])) for kind in COLUMNS}
    there = pd.DataFrame(seen or [], columns=["facility_code", "serial"], dtype="str")
    found = check_register(**made, on=ON, policy=POLICY, seen=there)
    return [tuple(row) for row in found.to_numpy().tolist()]


def clinics(*codes: str, kind: str = "clinic") -> Rows:
    """Facilities open since always."""
    return [(code, kind, None, None) for code in codes]


def test_a_lapsed_licence() -> None:
    """The last licence was over by the day, and the premises are still registered; the last valid day is told."""
    rows: Rows = [
        ("A", "2020-01-01", "2025-01-01"),
        ("A", "2025-01-01", "2026-06-30"),
        ("B", "2020-01-01", "2026-07-01"),
    ]
    rows += [("C", None, None), ("D", "2026-07-01", None), ("gone", "2020-01-01", "2021-01-01")]
    found = check(facilities=clinics("A", "B", "C", "D", "E"), licences=rows)
    assert found == [("licence-lapsed", ["A"], "2026-06-30")]


def test_one_serial_number_in_two_places() -> None:
    """On one day; a machine that moved on an earlier day is in one place."""
    people = [("P", code, "doctor", None, None) for code in ("A", "B")]
    machines: Rows = [("S", "A", None, None), ("S", "B", "2026-01-01", None)]
    machines += [("T", "A", None, "2026-01-01"), ("T", "B", "2026-01-01", None), ("U", "A", None, None)]
    found = check(facilities=clinics("A", "B"), equipment=machines, operators=people)
    assert found == [("equipment-in-two-places", ["A", "B"], "S")]


def test_a_machine_where_nothing_is_registered_and_none_where_one_is_needed() -> None:
    """A machine at closed premises; an ultrasound room without one; a clinic needs none."""
    places = [*clinics("A"), *clinics("R", kind="scan"), ("shut", "clinic", None, "2026-01-01")]
    people = [("P", "R", "doctor", None, None)]
    found = check(facilities=places, equipment=[("S", "shut", None, None)], operators=people)
    assert found == [("equipment-unregistered", ["shut"], "S"), ("equipment-unregistered", ["R"], "")]


def test_one_person_at_too_many_sites() -> None:
    """Three sites where two are allowed; two are two, however many lines; ended ones do not count."""
    rows: Rows = [("P", code, "doctor", None, None) for code in "ABC"]
    rows += [("Q", code, "doctor", None, None) for code in "AABB"] + [("Q", "C", "doctor", None, "2026-01-01")]
    found = check(facilities=clinics("A", "B", "C"), operators=rows)
    assert found == [("operator-at-too-many-sites", ["A", "B", "C"], "P")]


def test_nobody_qualified() -> None:
    """A machine and no person, or one without a qualification, or one who has left."""
    machines: Rows = [(f"S{code}", code, None, None) for code in "ABCD"]
    rows: Rows = [
        ("P", "A", "doctor", None, None),
        ("Q", "B", None, None, None),
        ("R", "C", "doctor", None, "2026-06-30"),
    ]
    found = check(facilities=clinics("A", "B", "C", "D", "E"), equipment=machines, operators=rows)
    assert found == [("no-qualified-operator", [code], "") for code in "BCD"]


def test_an_orderly_register_has_no_hits() -> None:
    """The control: everything in force, one machine, one person."""
    found = check(
        facilities=clinics("A", kind="scan"),
        licences=[("A", "2020-01-01", None)],
        equipment=[("S", "A", None, None)],
        operators=[("P", "A", "doctor", None, None)],
    )
    assert found == []


def test_rules_have_the_names_of_the_contract() -> None:
    """The five rules of the contract, and the one that inspections add."""
    assert set(RULES) == {
        "licence-lapsed",
        "equipment-in-two-places",
        "equipment-unregistered",
        "equipment-moved",
        "operator-at-too-many-sites",
        "no-qualified-operator",
    }


def test_machines_that_an_inspection_saw() -> None:
    """Registered elsewhere it has moved, registered nowhere it is unregistered; where it is registered all is well."""
    people = [("P", code, "doctor", None, None) for code in ("A", "B")]
    machines: Rows = [("S", "A", None, None), ("T", "B", None, None), ("old", "B", None, "2026-01-01")]
    seen = [("B", "S"), ("B", "T"), ("B", "old"), ("A", "X"), ("gone", "Y")]
    found = check(facilities=clinics("A", "B"), equipment=machines, operators=people, seen=seen)
    assert found == [
        ("equipment-unregistered", ["A"], "X"),
        ("equipment-unregistered", ["B"], "old"),
        ("equipment-moved", ["B", "A"], "S"),
    ]

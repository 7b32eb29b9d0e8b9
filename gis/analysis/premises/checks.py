"""Checks that the register makes of itself, over all premises at once and without a word about any patient.

Each *rule* looks at what is in force on one day and names the facilities that it concerns, with the licence day, serial
number or qualified person that it is about. A hit is a question for an inspector to settle at the place: a machine may
have been moved, or one of two serial numbers may be a slip of the pen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.periods import is_among
from gis.policies import InspectionPolicy
from gis.texts import N_

Hit = tuple[list[str], str]
"""Codes of the facilities, in order, and what the rule is about."""


@dataclass(frozen=True)
class Held:
    """The register on one day."""

    facilities: pd.DataFrame
    """code, kind: those in force."""
    licences: pd.DataFrame
    """facility_code, valid_from, valid_to: all that have begun by the day."""
    equipment: pd.DataFrame
    """serial, facility_code: in force."""
    operators: pd.DataFrame
    """operator_code, facility_code, qualification: in force."""
    seen: pd.DataFrame
    """facility_code, serial: machines that the last inspection read the number of."""
    on: date


def check_register(
    facilities: pd.DataFrame,
    licences: pd.DataFrame,
    equipment: pd.DataFrame,
    operators: pd.DataFrame,
    *,
    on: date,
    policy: InspectionPolicy,
    seen: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What the rules find: `rule` (str, a key of RULES), `facilities` (lists of str), `detail` (str), in their order.

    Parameters: canonical frames of all periods; geometry is not needed. `seen` (facility_code, serial) is what the last
    inspection of each facility read off its machines.

    >>> always = {"valid_from": pd.NaT, "valid_to": pd.NaT}
    >>> clinics = pd.DataFrame({"code": ["A", "B"], "kind": "clinic", **always})
    >>> machines = pd.DataFrame({"serial": ["S1", "S1"], "facility_code": ["A", "B"], **always})
    >>> nothing = pd.DataFrame({"facility_code": [], "operator_code": [], "qualification": [],
    ...     **{end: pd.to_datetime([]) for end in always}})
    >>> found = check_register(clinics, nothing, machines, nothing, on=date(2026, 1, 1), policy=InspectionPolicy())
    >>> found["rule"].tolist()
    ['equipment-in-two-places', 'no-qualified-operator', 'no-qualified-operator']
    >>> found.iloc[0].tolist()
    ['equipment-in-two-places', ['A', 'B'], 'S1']
    """
    begun = licences["valid_from"].isna() | (licences["valid_from"] <= pd.Timestamp(on))
    there = pd.DataFrame({"facility_code": [], "serial": []}, dtype="str") if seen is None else seen
    held = Held(in_force(facilities, on), licences[begun], in_force(equipment, on), in_force(operators, on), there, on)
    rows = [(name, *hit) for name, rule in RULES.items() for hit in rule.find(held, policy)]
    return pd.DataFrame(rows, columns=["rule", "facilities", "detail"])


@dataclass(frozen=True)
class Rule:
    """One check."""

    text: str
    """What it says of the facilities, for readers."""
    find: Callable[[Held, InspectionPolicy], Iterator[Hit]]


def _lapsed(held: Held, _policy: InspectionPolicy) -> Iterator[Hit]:
    """Registered, once licensed, and no licence in force; the detail is the day on which the last one was over."""
    open_ended = held.licences["valid_to"].isna()
    past = held.licences[~is_among(held.licences["facility_code"], held.licences.loc[open_ended, "facility_code"])]
    last = past.groupby("facility_code")["valid_to"].max()
    last = last[last <= pd.Timestamp(held.on)].sort_index()
    for code, day in last[is_among(last.index.to_series(), held.facilities["code"])].items():
        yield [str(code)], day.date().isoformat()


def _in_two_places(held: Held, _policy: InspectionPolicy) -> Iterator[Hit]:
    """One serial number at two facilities or more."""
    yield from _shared(held.equipment, "serial", most=1)


def _unregistered(held: Held, policy: InspectionPolicy) -> Iterator[Hit]:
    """A machine at premises that the register does not have, or seen and registered nowhere; and none where needed."""
    strange = held.equipment[~is_among(held.equipment["facility_code"], held.facilities["code"])]
    pairs = strange[["facility_code", "serial"]].drop_duplicates().sort_values(["facility_code", "serial"])
    for code, serial in pairs.itertuples(index=False):
        yield [str(code)], str(serial)
    unknown = _seen(held)[~is_among(_seen(held)["serial"], held.equipment["serial"])]
    for code, serial in unknown[["facility_code", "serial"]].itertuples(index=False):
        yield [str(code)], str(serial)
    bare = held.facilities[_needs_machine(held, policy)]
    for code in sorted(set(bare["code"]) - set(held.equipment["facility_code"])):
        yield [code], ""


def _moved(held: Held, _policy: InspectionPolicy) -> Iterator[Hit]:
    """A machine seen at premises other than those that it is registered at: the place first, then those."""
    for code, serial in _seen(held)[["facility_code", "serial"]].itertuples(index=False):
        registered = sorted(held.equipment.loc[held.equipment["serial"] == serial, "facility_code"].unique())
        if registered and code not in registered:
            yield [str(code), *map(str, registered)], str(serial)


def _seen(held: Held) -> pd.DataFrame:
    """What inspections saw at premises in force, in order."""
    mine = held.seen[is_among(held.seen["facility_code"], held.facilities["code"])]
    return mine.drop_duplicates().sort_values(["facility_code", "serial"])


def _at_too_many_sites(held: Held, policy: InspectionPolicy) -> Iterator[Hit]:
    """One qualified person at more facilities than the policy allows."""
    yield from _shared(held.operators, "operator_code", most=policy.sites_per_operator)


def _nobody_qualified(held: Held, policy: InspectionPolicy) -> Iterator[Hit]:
    """Premises with a machine, or of a kind that needs one, and nobody qualified."""
    needs = _needs_machine(held, policy) | is_among(held.facilities["code"], held.equipment["facility_code"])
    named = held.operators.loc[held.operators["qualification"].notna(), "facility_code"]
    for code in sorted(set(held.facilities.loc[needs, "code"]) - set(named)):
        yield [code], ""


def _needs_machine(held: Held, policy: InspectionPolicy) -> NDArray[np.bool_]:
    return is_among(held.facilities["kind"], pd.Index(policy.ultrasound_kinds, dtype="str"))


def _shared(frame: pd.DataFrame, key: str, *, most: int) -> Iterator[Hit]:
    pairs = frame[[key, "facility_code"]].drop_duplicates().sort_values([key, "facility_code"])
    sizes = pairs[key].map(pairs[key].value_counts())
    for value, codes in pairs[sizes > most].groupby(key, sort=True)["facility_code"]:
        yield [str(code) for code in codes], str(value)


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "licence-lapsed": Rule(N_("All licences are over, and it is still registered"), _lapsed),
        "equipment-in-two-places": Rule(N_("One serial number at several facilities"), _in_two_places),
        "equipment-unregistered": Rule(
            N_("A machine at no registered facility, or none where one is needed"), _unregistered
        ),
        "equipment-moved": Rule(N_("A machine that an inspection saw elsewhere than where it is registered"), _moved),
        "operator-at-too-many-sites": Rule(N_("One qualified person at too many facilities"), _at_too_many_sites),
        "no-qualified-operator": Rule(N_("Machines, and nobody qualified"), _nobody_qualified),
    }
)

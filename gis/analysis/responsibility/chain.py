"""The chain of those who answer for one place on a day: its own officers, then those of the area above, and so on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.workload import LEVELS, locate_facilities
from gis.errors import NotFound
from gis.texts import _

_DUTY: Final = ("target_kind", "target_code", "officer_code", "role", "valid_from", "valid_to")
_COLUMNS: Final = ("area", "level", "officer", "role", "from", "to")
_TYPES: Final = {**dict.fromkeys(_COLUMNS[:4], "str"), **dict.fromkeys(_COLUMNS[4:], "datetime64[s]")}


@dataclass(frozen=True)
class Roster:
    """How areas lie in each other on one day, and who answers for what; built by `call_roster`."""

    areas: Mapping[str, tuple[Any, str]]
    """Code -> code of the parent, level."""
    duties: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
    """Kind and code of a target -> officer, role, from, to of each, primaries first."""

    def climb(self, code: str | None, *, facility: str | None = None) -> pd.DataFrame:
        """The chain of an area; with `facility` that of a facility which stands there, or nowhere where it is None.

        Returns the frame of `trace_chain`.
        """
        steps: list[Mapping[str, Any]] = []
        if facility is not None:
            steps += [{"area": facility, "level": "facility", **duty} for duty in self._held("facility", facility)]
        climbed: set[str] = set()
        while code is not None and code in self.areas and code not in climbed:
            climbed.add(code)
            parent, level = self.areas[code]
            held = self._held("area", code)
            if not any(duty["role"] == "primary" for duty in held):
                steps.append({"area": code, "level": level, "role": "primary"})
            steps += [{"area": code, "level": level, **duty} for duty in held]
            code = parent
        return pd.DataFrame(steps, columns=list(_COLUMNS)).astype(_TYPES)

    def _held(self, kind: str, code: str) -> Sequence[Mapping[str, Any]]:
        return self.duties.get((kind, code), ())


def call_roster(areas: pd.DataFrame, assignments: pd.DataFrame, on: date) -> Roster:
    """The roster of a day, of canonical frames: areas in force on it, assignments of all periods."""
    duties = in_force(assignments, on)
    duties = duties.sort_values(["role", "officer_code"], ascending=[False, True], kind="stable")
    held: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for kind, target, officer, role, begin, end in zip(*(duties[name] for name in _DUTY), strict=True):
        held.setdefault((kind, target), []).append({"officer": officer, "role": role, "from": begin, "to": end})
    parents = zip(areas["parent_code"], areas["level"], strict=True)
    return Roster(dict(zip(areas["code"], parents, strict=True)), held)


def trace_chain(
    code: str,
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    on: date,
    *,
    levels: Sequence[str] = LEVELS,
) -> pd.DataFrame:
    """Who answers for an area or a facility on the day, nearest first.

    For an area: its own officers, then its parent's and so on. For a facility: the officers of its own assignment, if
    it has one (level "facility"), then those of the lowest area it lies in, then of that one's parents. At each step
    primaries come before deputies, then by code.

    Returns `area, level, officer, role` (str), `from, to` (datetime64[s], NaT = open), RangeIndex; a vacant area has
    one row with role "primary" and neither officer nor period. Raises NotFound for a code that is not in force.

    >>> town, duties = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> town = town.assign(valid_from=pd.NaT, valid_to=pd.NaT)
    >>> chain = trace_chain("990101001201002", town, duties, town.iloc[:0], date(2026, 1, 1))
    >>> chain["officer"].tolist(), chain["role"].tolist()[:2]
    (['O2', 'O3', 'O2', 'O1', 'O1'], ['primary', 'deputy'])
    """
    areas = in_force(areas, on)
    roster = call_roster(areas, assignments, on)
    if code in roster.areas:
        return roster.climb(code)
    place = in_force(facilities[facilities["code"] == code], on)
    if place.empty:
        raise NotFound(_("No area and no facility {code} on {day}.", code=code, day=on.isoformat()))
    return roster.climb(locate_facilities(place, areas, levels=levels, climb=True).iloc[0], facility=code)

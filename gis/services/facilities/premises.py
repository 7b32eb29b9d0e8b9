"""Premises of an actor's area: facilities with what they are licensed for and equipped with, filtered, and taken out.

What amounts to a task is read from the register alone: a facility without a licence in force, one that lies in no grid,
a machine that stands at two places.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final, cast

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import Nesting, in_force, nest
from gis.analysis.premises.survey import survey_premises
from gis.errors import NotFound, UsageError
from gis.roles import Actor, permit, visible
from gis.rows import records
from gis.services import audit
from gis.services.areas import responsibility
from gis.services.inspections import oversight
from gis.services.listing import Filter, area_choices, name_areas, narrow, require_ending, write_table
from gis.services.register import own_table, read_duties
from gis.services.scope import standing
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

TASKS: Final = ("unlicensed", "orphan", "equipment")

COLUMNS: Final = {
    "code": N_("Code"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "area": N_("Area code"),
    "area_name": N_("Area"),
    "address": N_("Address"),
    "licences": N_("Licences in force"),
    "machines": N_("Machines"),
}
"""Columns of the table that is shown and taken out, with their headings."""


@dataclass(frozen=True)
class Wanted(Filter):
    """Which facilities are asked for; None picks everything."""

    licence: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class Premises:
    """Facilities and areas that the actor sees on one day."""

    frame: gpd.GeoDataFrame
    """The columns of COLUMNS, `hours`, `orphan`, `licence`, `shared`, and points in EPSG:4326; by code."""
    areas: gpd.GeoDataFrame
    """Areas in force, columns by role, by code."""
    on: date

    @cached_property
    def tree(self) -> Nesting:
        """How the areas lie in each other."""
        return nest(self.areas)

    @cached_property
    def area_rows(self) -> dict[str, dict[str, Any]]:
        """Code -> the area as a JSON-ready row; by code."""
        return {row["code"]: row for row in records(self.areas)}

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Code -> the facility as a JSON-ready row, with `lon, lat`; by code."""
        points = self.frame.geometry
        return {row["code"]: row for row in records(self.frame.assign(lon=points.x, lat=points.y))}

    @cached_property
    def _by_area(self) -> dict[str | None, list[str]]:
        held: dict[str | None, list[str]] = {}
        for code, row in self.rows.items():
            held.setdefault(row["area"], []).append(code)
        return held

    def inside(self, area: str) -> list[dict[str, Any]]:
        """The facilities that lie in an area or in one inside it, by code. Raises NotFound for an unknown area."""
        areas = (area, *self.tree.descendants(area))
        return [self.rows[code] for code in sorted(code for held in areas for code in self._by_area.get(held, ()))]


@dataclass(frozen=True)
class PremisesPage:
    """Rows `offset` .. `offset + limit` of the `total` that fit, and what there is to choose from."""

    rows: list[dict[str, Any]]
    total: int
    limit: int
    offset: int
    kinds: list[str]
    areas: list[dict[str, Any]]
    """code, name, depth of the areas above the lowest level, in the order of a tree."""
    tasks: dict[str, int]
    """Task -> facilities that it concerns, over the whole area."""


def list_premises(
    workspace: Workspace, actor: Actor, wanted: Wanted, *, limit: int = 50, offset: int = 0
) -> PremisesPage:
    """A page of the facilities that fit, in the order of their code. It is kept until something is recorded."""
    permit(actor, "gaps.read")
    key = (*standing(workspace, actor).register_key, "premises-page", wanted, limit, offset)
    return workspace.remember(key, lambda: _list(workspace, actor, wanted, limit=limit, offset=offset))


def _list(workspace: Workspace, actor: Actor, wanted: Wanted, *, limit: int, offset: int) -> PremisesPage:
    found = survey(workspace, actor)
    frame = pick(found, wanted)
    return PremisesPage(
        rows=records(frame.iloc[offset : offset + limit]),
        total=len(frame),
        limit=limit,
        offset=offset,
        kinds=sorted(found.frame["kind"].dropna().unique()),
        areas=area_choices(found.areas, workspace.settings.levels, chosen=wanted.area),
        tasks={task: len(pick(found, Wanted(task=task))) for task in TASKS},
    )


def survey(workspace: Workspace, actor: Actor, *, on: date | None = None) -> Premises:
    """All facilities that the actor sees on the day. An answer is kept until something is recorded."""
    permit(actor, "gaps.read")
    permit(actor, "facilities.read")
    on = on or today()
    key = (*standing(workspace, actor).register_key, "premises", on)
    return workspace.remember(key, lambda: _survey(workspace, actor, on))


def _survey(workspace: Workspace, actor: Actor, on: date) -> Premises:
    duties = read_duties(workspace, actor, on=on, known=None)
    areas, premises = duties.areas, duties.facilities
    licences, equipment = (own_table(workspace, actor, table) for table in ("licences", "equipment"))
    ground = responsibility.widen(workspace, areas, premises, on=on, known=None)
    found = survey_premises(premises, ground, licences, equipment, on=on, levels=workspace.settings.levels)
    shown = visible(premises, actor.role, table="facilities")
    shown = shown[["code", "name", "kind", "address", "hours", "geometry"]].join(found)
    shown["area_name"] = shown["area"].map(name_areas(ground))
    return Premises(cast("gpd.GeoDataFrame", shown), visible(areas, actor.role, table="areas"), on)


def pick(found: Premises, wanted: Wanted) -> gpd.GeoDataFrame:
    """The facilities that fit. Raises UsageError for a licence or a task that is none."""
    frame = narrow(found.frame, found.tree, wanted)
    if wanted.licence:
        frame = frame[frame["licence"].isin(_fitting(wanted.licence, _LICENCE))]
    if wanted.task:
        frame = frame[_fitting(wanted.task, _TASK)(frame)]
    return frame


_LICENCE: Final = {"valid": {"valid"}, "missing": {"lapsed", "none"}, "lapsed": {"lapsed"}}
"""At least one licence in force; none in force; none in force any more."""
_TASK: Final = {
    "unlicensed": lambda frame: frame["licence"] != "valid",
    "orphan": lambda frame: frame["orphan"],
    "equipment": lambda frame: frame["shared"],
}


def _fitting(asked: str, known: dict[str, Any]) -> Any:  # noqa: ANN401
    if asked not in known:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(known)))
    return known[asked]


def export_premises(workspace: Workspace, actor: Actor, wanted: Wanted, ending: str) -> bytes:
    """The table of the facilities that fit, as CSV (UTF-8 with its mark) or XLSX; formula cells neutralised."""
    permit(actor, "export")
    require_ending(ending)
    found = survey(workspace, actor)
    frame = pd.DataFrame(pick(found, wanted))[list(COLUMNS)]
    asked = {name: value for name, value in vars(wanted).items() if value}
    with workspace.transaction(actor) as connection:
        audit.record(
            connection, actor, "export.premises", f"facilities.{ending}", details={"rows": len(frame), **asked}
        )
    return write_table(frame, COLUMNS, ending, title=_("Facilities"), on=found.on)


@dataclass(frozen=True)
class Card:
    """One facility with everything about it on the day; rows are JSON-ready."""

    facility: dict[str, Any]
    """A row of `Premises.rows`."""
    licences: list[dict[str, Any]]
    """All periods; `state` is valid, over or coming."""
    equipment: list[dict[str, Any]]
    """In force; `elsewhere` names the other facilities where the same serial number stands."""
    operators: list[dict[str, Any]]
    checks: list[str]
    """What the register shows amiss: rules of `gis.services.inspections.oversight.RULE_TEXTS`, in their order."""
    chain: list[dict[str, Any]]
    """Who answers, nearest first: area, name, level, role, officer, officer_name, work_phone, from, to."""


def read_card(workspace: Workspace, actor: Actor, code: str) -> Card:
    """One facility of the actor's area; the reading of work phones is written to the audit. Raises NotFound."""
    found = survey(workspace, actor)
    if code not in found.rows:
        raise NotFound(_("No facility {code} on {on}.", code=code, on=found.on))
    key = (*standing(workspace, actor).register_key, "held", found.on)
    held = workspace.remember(key, lambda: _gather(workspace, actor, found.on))
    checks = oversight.register_checks(workspace, actor, on=found.on)
    chain = responsibility.who(workspace, actor, code, on=found.on)["chain"]
    names = responsibility.name_areas(workspace, actor, on=found.on)
    return Card(
        facility=found.rows[code],
        licences=held.licences.get(code, []),
        equipment=[
            {**row, "elsewhere": [other for other in held.places[row["serial"]] if other != code]}
            for row in held.equipment.get(code, [])
        ],
        operators=held.operators.get(code, []),
        checks=[rule for rule, codes in checks.items() if code in codes],
        chain=[{**link, "name": names.get(link["area"], link["area"])} for link in chain],
    )


@dataclass(frozen=True)
class _Held:
    """What all facilities hold on a day, as JSON-ready rows by the code of the facility."""

    licences: dict[str, list[dict[str, Any]]]
    equipment: dict[str, list[dict[str, Any]]]
    operators: dict[str, list[dict[str, Any]]]
    places: dict[str, list[str]]
    """Serial number -> the facilities where a machine of that number stands, by code."""


def _gather(workspace: Workspace, actor: Actor, on: date) -> _Held:
    def own(table: str) -> pd.DataFrame:
        return visible(own_table(workspace, actor, table), actor.role, table=table)

    machines = in_force(own("equipment"), on)
    return _Held(
        licences=_by_facility(_dated(own("licences"), on)),
        equipment=_by_facility(machines),
        operators=_by_facility(in_force(own("operators"), on)),
        places={str(serial): sorted(codes) for serial, codes in machines.groupby("serial")["facility_code"]},
    )


def _by_facility(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    held: dict[str, list[dict[str, Any]]] = {}
    for row in records(frame):
        held.setdefault(row["facility_code"], []).append(row)
    return held


def _dated(licences: pd.DataFrame, on: date) -> pd.DataFrame:
    state = pd.Series("over", index=licences.index, dtype="str")
    state = state.mask(licences["valid_from"] > pd.Timestamp(on), "coming")
    state[in_force(licences, on).index] = "valid"
    return licences.assign(state=state)


def on_map(found: Premises, wanted: Wanted) -> Premises:
    """The facilities that fit, with the columns that their map shows, and the outlines of the actor's areas."""
    shown = ["code", "name", "kind", "area_name", "address", "licence", "licences", "machines", "orphan", "geometry"]
    codes = set(found.areas["code"])
    tops = found.areas[~found.areas["parent_code"].isin(codes)]
    chosen = found.areas[found.areas["code"] == wanted.area] if wanted.area else tops
    outline = (chosen if len(chosen) else tops)[["code", "name", "geometry"]]
    return replace(found, frame=pick(found, wanted)[shown], areas=outline)

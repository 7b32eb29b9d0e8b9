"""What is due: the premises of an actor's area that inspection has not reached, the most pressing first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pandas as pd

from gis.analysis.areas.nesting import Nesting, in_force, nest
from gis.analysis.premises.oversight import STATES
from gis.analysis.responsibility.workload import locate_facilities
from gis.errors import UsageError
from gis.roles import Actor, permit
from gis.rows import records
from gis.services import audit
from gis.services.areas.responsibility import widen
from gis.services.inspections.oversight import find_oversight
from gis.services.listing import Filter, area_choices, name_areas, narrow, require_ending, write_table
from gis.services.scope import standing
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

DUE: Final = STATES[:3]
"""The states that are listed, in their order."""
STATE_NAMES: Final = {
    "never": N_("Never inspected"),
    "overdue": N_("Overdue"),
    "due_soon": N_("Due soon"),
    "current": N_("Inspected within the interval"),
}
COLUMNS: Final = {
    "code": N_("Code"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "area": N_("Area code"),
    "area_name": N_("Area"),
    "state": N_("State"),
    "last": N_("Last inspected on"),
    "due_on": N_("Due on"),
    "days": N_("Days overdue"),
}
"""Columns of the table that is shown and taken out, with their headings. Days are negative before the day."""


@dataclass(frozen=True)
class Wanted(Filter):
    """Which of them are asked for; None picks everything."""

    state: str | None = None
    """One of DUE."""


@dataclass(frozen=True)
class DuePage:
    """Rows `offset` .. `offset + limit` of the `total` that fit, and what there is to choose from."""

    rows: list[dict[str, Any]]
    """The columns of COLUMNS."""
    total: int
    limit: int
    offset: int
    counts: dict[str, int]
    """Each state -> registered premises in it, over the whole area; their sum is all that is registered."""
    kinds: list[str]
    areas: list[dict[str, Any]]
    """code, name, depth of the areas above the lowest level, in the order of a tree."""
    on: date


def list_due(
    workspace: Workspace,
    actor: Actor,
    wanted: Wanted,
    *,
    on: date | None = None,
    known: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> DuePage:
    """Those never inspected, overdue and due soon, in this order, then by most days overdue and by code."""
    permit(actor, "gaps.read")
    on = on or today()
    key = (*standing(workspace, actor).key, "due-page", on, known, wanted, limit, offset)
    found = _find(workspace, actor, on=on, known=known)

    def cut() -> DuePage:
        frame = pick(found, wanted)
        return DuePage(
            rows=records(frame[list(COLUMNS)].iloc[offset : offset + limit]),
            total=len(frame),
            limit=limit,
            offset=offset,
            counts={state: int((found.frame["state"] == state).sum()) for state in STATES},
            kinds=sorted(found.frame["kind"].dropna().unique()),
            areas=area_choices(found.areas, workspace.settings.levels, chosen=wanted.area),
            on=on,
        )

    return workspace.remember(key, cut)


def export_due(workspace: Workspace, actor: Actor, wanted: Wanted, ending: str) -> bytes:
    """The table of those that fit, as CSV (UTF-8 with its mark) or XLSX; the audit knows of it."""
    permit(actor, "export")
    require_ending(ending)
    on = today()
    frame = pick(_find(workspace, actor, on=on, known=None), wanted)[list(COLUMNS)]
    asked = {name: value for name, value in vars(wanted).items() if value}
    with workspace.transaction(actor) as connection:
        audit.record(connection, actor, "export.due", f"due.{ending}", details={"rows": len(frame), **asked})
    days = {name: frame[name].dt.strftime("%Y-%m-%d") for name in ("last", "due_on")}
    states = frame["state"].map({state: _(name) for state, name in STATE_NAMES.items()})
    return write_table(frame.assign(state=states, **days), COLUMNS, ending, title=_("Due for inspection"), on=on)


@dataclass(frozen=True)
class Found:
    """All registered premises of the actor on one day, the most pressing first."""

    frame: pd.DataFrame
    """The columns of COLUMNS and `address`."""
    areas: pd.DataFrame
    """Those in force, columns by role."""
    tree: Nesting


def _find(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None) -> Found:
    permit(actor, "facilities.read")
    key = (*standing(workspace, actor).key, "due", on, known)
    return workspace.remember(key, lambda: _search(workspace, actor, on=on, known=known))


def _search(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None) -> Found:
    found = find_oversight(workspace, actor, on=on, known=known)
    areas, premises = in_force(found.areas, on), in_force(found.facilities, on)
    ground = widen(workspace, areas, premises, on=on, known=known)
    held = locate_facilities(premises, ground, levels=workspace.settings.levels, climb=True)
    shown = pd.DataFrame(premises[["code", "name", "kind", "address"]]).assign(area=held)
    shown["area_name"] = shown["area"].map(name_areas(ground))
    states = found.gaps.by_facility.drop(columns="kind").rename(columns={"facility": "code"})
    frame = shown.merge(states, on="code")
    turn = frame["state"].map({state: number for number, state in enumerate(STATES)})
    order = frame.assign(turn=turn).sort_values(["turn", "days", "code"], ascending=[True, False, True], kind="stable")
    return Found(frame.loc[order.index].reset_index(drop=True), areas, nest(areas))


def pick(found: Found, wanted: Wanted) -> pd.DataFrame:
    """The premises that are due and fit. Raises UsageError for a state that is none."""
    if wanted.state and wanted.state not in DUE:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(DUE)))
    frame = found.frame
    frame = frame[frame["state"] == wanted.state] if wanted.state else frame[frame["state"] != STATES[-1]]
    return narrow(frame, found.tree, wanted)

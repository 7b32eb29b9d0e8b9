"""Sessions of outreach as a table: those of an actor's areas, by day, place and kind; also as a file."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from gis.roles import Actor, permit, visible
from gis.rows import records
from gis.services import audit, outreach
from gis.services.facilities.premises import survey
from gis.services.listing import area_choices, name_areas, require_ending, write_table
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.engine import Connection
from gis.texts import N_, _

COLUMNS: Final = {
    "held_on": N_("Day"),
    "area_code": N_("Area code"),
    "area_name": N_("Area"),
    "kind": N_("Kind"),
    "reach": N_("People reached"),
}
"""Columns of the table that is shown and taken out, with their headings."""


@dataclass(frozen=True)
class Asked:
    """Which sessions are asked for; None picks everything."""

    area: str | None = None
    """Code of an area; what lies below it counts too."""
    kind: str | None = None
    start: date | None = None
    end: date | None = None
    """The last day, itself included."""


@dataclass(frozen=True)
class SessionTable:
    """Rows `offset` .. `offset + limit` of the `total` that fit, and what there is to choose from."""

    frame: pd.DataFrame
    """The columns of COLUMNS, latest first."""
    total: int
    reach: int
    """People reached by all that fit, as far as it is known."""
    kinds: list[str]
    areas: list[dict[str, Any]]
    """code, name, depth of the areas above the lowest level, in the order of a tree."""
    levels: list[dict[str, Any]]
    """level, areas, covered, share of each level, highest first: areas with a session in the window of `days`."""
    days: int


def read_sessions(
    workspace: Workspace, actor: Actor, asked: Asked, *, days: int | None = None, limit: int = 50, offset: int = 0
) -> SessionTable:
    """A page of the sessions that fit, and how far outreach reaches at each level."""
    days = outreach.WINDOW_DAYS if days is None else days
    gaps, _areas = outreach.find_gaps(workspace, actor, on=today(), known=None, days=days)
    with workspace.transaction(actor) as connection:
        found = _read(connection, actor, asked)
        kinds = _read(connection, actor, Asked())["kind"]
    areas = survey(workspace, actor).areas
    return SessionTable(
        frame=found.iloc[offset : offset + limit],
        total=len(found),
        reach=int(found["reach"].fillna(0).sum()),
        kinds=[str(kind) for kind in kinds.value_counts().index[:40]],
        areas=area_choices(areas, workspace.settings.levels, chosen=asked.area),
        levels=records(gaps.by_level),
        days=days,
    )


def export_sessions(workspace: Workspace, actor: Actor, asked: Asked, ending: str) -> bytes:
    """The sessions that fit as CSV or XLSX; formula cells neutralised; the audit knows of it."""
    permit(actor, "export")
    require_ending(ending)
    filters = {name: str(value) for name, value in vars(asked).items() if value}
    with workspace.transaction(actor) as connection:
        found = _read(connection, actor, asked)
        audit.record(
            connection, actor, "export.outreach", f"outreach.{ending}", details={"rows": len(found), **filters}
        )
    plain = found[list(COLUMNS)].assign(held_on=found["held_on"].dt.strftime("%Y-%m-%d"))
    return write_table(plain, COLUMNS, ending, title=_("Outreach"), on=today())


def _read(connection: Connection, actor: Actor, asked: Asked) -> pd.DataFrame:
    permit(actor, "outreach.read")
    mine = own(connection, actor)
    until = min(asked.end, today()) if asked.end else today()
    frame = read.read_table(connection, "outreach", on=until, known=None, area=asked.area, kind=asked.kind, mine=mine)
    if asked.start:
        frame = frame[frame["held_on"] >= pd.Timestamp(asked.start)]
    areas = read.read_table(connection, "areas", on=None, known=None, codes=list(frame["area_code"].unique()))
    latest = areas.sort_values("valid_from", na_position="first").drop_duplicates("code", keep="last")
    shown = visible(frame, actor.role, table="outreach")
    return shown.assign(area_name=shown["area_code"].map(name_areas(latest)).astype("str"))

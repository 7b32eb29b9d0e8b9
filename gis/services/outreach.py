"""Outreach: which areas had no public session for how long, the sessions themselves, and recording one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.outreach import OutreachGaps, find_heirs, find_outreach_gaps
from gis.errors import DataRejected, UsageError
from gis.intake.firewall import refuse_person_data
from gis.roles import Actor, permit, visible
from gis.rows import records, seal
from gis.services import audit
from gis.services.numbers import read_number
from gis.services.page import Page
from gis.services.register import own_table
from gis.services.scope import own, require_own_area, standing
from gis.services.workspace import Workspace, today
from gis.store import events, read
from gis.texts import _

WINDOW_DAYS: Final = 180
"""The window where none is asked for: half a year."""
LONGEST_WINDOW: Final = 36_500
MOST_KIND: Final = 100
"""Characters of the kind of a session."""
MOST_REACH: Final = 1_000_000


def outreach_gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    days: int | None = None,
) -> dict[str, Any]:
    """`{"on", "known", "days", "without", "by_level", "by_area"}` of the areas that the actor answers for.

    `without` maps each level to the codes of its areas that had no session in the `days` up to and with the day.
    """
    on, at, days = on or today(), known or datetime.now(UTC), window_days(days)
    found, _areas = find_gaps(workspace, actor, on=on, known=known, days=days)
    return {
        "on": on.isoformat(),
        "known": at.isoformat(),
        "days": days,
        "without": found.without,
        "by_level": records(found.by_level),
        "by_area": records(found.by_area),
    }


def find_gaps(
    workspace: Workspace, actor: Actor, *, on: date, known: datetime | None, days: int
) -> tuple[OutreachGaps, gpd.GeoDataFrame]:
    """The gaps as frames, and the areas in force, columns by role. An answer is kept until something is recorded."""
    permit(actor, "outreach.read")
    key = (*standing(workspace, actor).key, "outreach", on, known, days)
    return workspace.remember(key, lambda: _search(workspace, actor, on=on, known=known, days=days))


def count_sessions(workspace: Workspace, actor: Actor, *, on: date, days: int) -> dict[str, int]:
    """Area -> sessions in the window, of the area and of those inside it."""

    def count() -> dict[str, int]:
        found, _areas = find_gaps(workspace, actor, on=on, known=None, days=days)
        return dict(zip(found.by_area["area"], found.by_area["sessions"].tolist(), strict=True))

    return workspace.remember((*standing(workspace, actor).key, "sessions", on, days), count)


def _search(
    workspace: Workspace, actor: Actor, *, on: date, known: datetime | None, days: int
) -> tuple[OutreachGaps, gpd.GeoDataFrame]:
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        sessions = read.read_table(connection, "outreach", on=on, known=known, mine=mine)
        changes = read.read_changes(connection, known=known)
        heirs = find_heirs(read.read_crosswalk(connection, changes["number"].tolist()))
    areas = own_table(workspace, actor, "areas", known=known)
    levels = workspace.settings.levels
    found = find_outreach_gaps(areas, sessions, on=on, window_days=days, levels=levels, heirs=heirs)
    return found, visible(in_force(areas, on), actor.role, table="areas")


def list_outreach(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    area: str | None = None,
    kind: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Page[pd.DataFrame]:
    """Sessions held up to the day, latest first; `area` picks those of one area and of all below it."""
    permit(actor, "outreach.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        total = read.count_table(connection, "outreach", on=on, known=known, area=area, kind=kind, mine=mine)
        frame = read.read_table(
            connection,
            "outreach",
            on=on,
            known=known,
            limit=limit,
            offset=offset,
            area=area,
            kind=kind,
            mine=mine,
        )
    shown = visible(frame, actor.role, table="outreach").drop(columns=["valid_from", "valid_to"])
    return Page(shown, total, limit, offset)


def record_session(
    workspace: Workspace, actor: Actor, *, code: str, area: str, held_on: date, kind: str | None, reach: int | None
) -> dict[str, Any]:
    """Records a session and returns its receipt: the record, the moment it was recorded, and its SHA-256.

    `code` is a UUID that the client made. The same session sent again is stored once and has the same receipt. Raises
    FirewallRefused for personal data in `kind`, DataRejected for a session that cannot be or a code that is taken,
    NotFound for an area that the actor does not answer for.
    """
    permit(actor, "outreach.record")
    row = _clean(code=code, area=area, held_on=held_on, kind=kind, reach=reach)
    with workspace.transaction(actor) as connection:
        require_own_area(connection, actor, area)
        if not read.count_table(connection, "areas", on=held_on, known=None, codes=[area]):
            raise DataRejected(_("area {code} did not exist on {day}.", code=area, day=held_on.isoformat()))
        added = events.add_session(connection, row, datetime.now(UTC))
        stored = events.find_session(connection, row["code"])
        assert stored is not None
        receipt = _receipt(stored)
        if added:
            audit.record(connection, actor, "outreach.record", row["code"], details={"sha256": receipt["sha256"]})
    return receipt


def window_days(days: int | None) -> int:
    """The length of a window, half a year where none is asked for. Raises UsageError."""
    if days is None:
        return WINDOW_DAYS
    if not 1 <= days <= LONGEST_WINDOW:
        raise UsageError(_("A window has from 1 to {most} days.", most=LONGEST_WINDOW))
    return days


def _clean(*, code: str, area: str, held_on: date, kind: str | None, reach: int | None) -> dict[str, Any]:
    """The row to store. Raises DataRejected or FirewallRefused."""
    number = read_number(code)
    if held_on > today():
        raise DataRejected(
            _(
                "{day} is still to come; today is {today}. Record it once it has happened.",
                day=held_on.isoformat(),
                today=today().isoformat(),
            )
        )
    if reach is not None and not 0 <= reach <= MOST_REACH:
        raise DataRejected(_("The reach is a whole number from 0 to {most}.", most=MOST_REACH))
    kind = " ".join((kind or "").split()) or None
    if kind and (len(kind) > MOST_KIND or "\x00" in kind):
        raise DataRejected(_("The kind of a session has at most {most} characters.", most=MOST_KIND))
    refuse_person_data(kind, field="kind")
    return {"code": number, "area_code": area, "held_on": held_on, "kind": kind, "reach": reach}


def _receipt(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it stands, and a hash over exactly these values."""
    record = {
        "code": stored["code"],
        "area_code": stored["area_code"],
        "held_on": stored["held_on"].isoformat(),
        "kind": stored["kind"],
        "reach": stored["reach"],
        "recorded": stored["recorded"].astimezone(UTC).isoformat(),
    }
    return {**record, "sha256": seal(record)}

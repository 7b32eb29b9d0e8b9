"""Changing areas: grids inside a village, and splits, merges, redraws and recodes with all that follows from them.

A change is planned by pure functions on what is known now, stored in one transaction, and never overwrites anything:
`undo_change` plans another change that brings the old areas back.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.changes import plan_change
from gis.analysis.areas.crosswalk import Weight, chain_crosswalks, convert_series
from gis.analysis.areas.grid import generate_grid
from gis.analysis.areas.undo import Register, plan_undo, recall_change
from gis.errors import DataRejected, NotFound
from gis.intake.changes import VALUES, change_source, read_change_rows, read_values
from gis.intake.firewall import inspect
from gis.intake.read import read_file
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.scope import require_own_area
from gis.services.workspace import Workspace, today
from gis.store import read, write
from gis.store.engine import Connection
from gis.tables import AreaChange, ChangeKind
from gis.texts import _

INSTANT = pd.Timedelta(microseconds=1)
"""The resolution of recorded time: what was known just before a change was recorded."""


@dataclass(frozen=True)
class ChangeResult:
    """A change that was stored, or with `number` None would be."""

    number: int | None
    kind: ChangeKind
    on: date
    crosswalk: pd.DataFrame


def change_areas(
    workspace: Workspace,
    actor: Actor,
    kind: ChangeKind,
    path: Path,
    *,
    on: date | None = None,
    note: str | None = None,
    dry_run: bool = False,
) -> ChangeResult:
    """Stores the change that a file describes, from the day `on`, else the file's `valid_from`, else today."""
    permit(actor, "areas.change")
    source = change_source()
    raw = read_file(path, source)
    inspect(raw, source)
    with workspace.transaction(actor) as connection:
        register = _register(connection, None)
        try:
            rows = read_change_rows(raw, source, areas=register.areas)
            day = on or _day_of(rows) or today()
            change = _plan(workspace, kind, rows, register, on=day, note=note)
        except DataRejected as error:
            raise DataRejected(f"{path}: {error.message}", details={**error.details, "file": str(path)}) from error
        return _store(connection, actor, change, dry_run=dry_run)


def make_change(
    workspace: Workspace,
    connection: Connection,
    actor: Actor,
    kind: ChangeKind,
    rows: gpd.GeoDataFrame,
    *,
    on: date,
    note: str | None = None,
) -> ChangeResult:
    """Stores, in the caller's transaction, the change that rows describe; they are those of a change file."""
    permit(actor, "areas.change")
    change = _plan(workspace, kind, rows, _register(connection, None), on=on, note=note)
    return _store(connection, actor, change, dry_run=False)


def undo_change(
    workspace: Workspace, actor: Actor, number: int, *, on: date | None = None, dry_run: bool = False
) -> ChangeResult:
    """Stores the change that takes another one back. Raises NotFound for a number that no change has."""
    permit(actor, "areas.change")
    with workspace.transaction(actor) as connection:
        changes = read.read_changes(connection)
        found = changes[changes["number"] == number]
        if found.empty:
            raise NotFound(_("There is no change {number}.", number=number))
        made = found.iloc[0]
        moment = pd.Timestamp(made["recorded_at"])
        was, became = _register(connection, moment - INSTANT), _register(connection, moment)
        crosswalk = read.read_crosswalk(connection, [number])
        change = recall_change(made["kind"], made["on"].date(), crosswalk, was=was, became=became)
        now = _register(connection, None)
        plan = plan_undo(
            change,
            now.areas,
            now.assignments,
            now.facilities,
            number=number,
            on=on or today(),
            levels=workspace.settings.levels,
            sliver_m2=workspace.settings.sliver_m2,
        )
        return _store(connection, actor, plan, dry_run=dry_run)


def make_grid(
    workspace: Workspace, actor: Actor, village: str, *, cell_m: float, dry_run: bool = False
) -> gpd.GeoDataFrame:
    """Divides a village into grids and stores them; they exist for as long as this version of the village does."""
    permit(actor, "imports.run")
    with workspace.owner_transaction() as connection:
        row = read.read_table(connection, "areas", on=today(), known=None, codes=[village])
        if row.empty:
            raise NotFound(_("No area {code} on {on}.", code=village, on=today()))
        inside = read.read_table(connection, "areas", on=None, known=None, parent=village)
        cells = generate_grid(row, cell_m=cell_m, levels=workspace.settings.levels, existing_codes=inside["code"])
        if not dry_run:
            now = datetime.now(UTC)
            made_of = {"village": village, "cell_m": cell_m}
            number = write.start_import(
                connection, kind="areas", file=f"grid {village}", sha256="", evidence=made_of, now=now
            )
            write.upsert(connection, "areas", cells, import_id=number, now=now)
            audit.record(connection, actor, "areas.grid", village, details=made_of)
        return cells


def convert_table(
    workspace: Workspace, actor: Actor, path: Path, *, start: date, end: date, weight: Weight = "dwellings"
) -> pd.DataFrame:
    """A file of totals (`area_code, value`) by the areas of the day `start`, as totals by those of the day `end`.

    Returns `area_code` (str) and `value` (float64), by code; the sum is kept. `end` may be earlier or later.
    """
    permit(actor, "areas.read")
    raw = read_file(path, VALUES)
    inspect(raw, VALUES)
    values = read_values(raw)
    earlier, later = min(start, end), max(start, end)
    with workspace.transaction(actor) as connection:
        changes = read.read_changes(connection)
        days = changes["on"].dt.date
        between = changes[(days > earlier) & (days <= later)].sort_values(["on", "number"])
        walks = [read.read_crosswalk(connection, [number]) for number in between["number"]]
    converted = convert_series(values, chain_crosswalks(walks), to="new" if start <= end else "old", weight=weight)
    return converted.rename_axis("area_code").rename("value").reset_index()


def _plan(
    workspace: Workspace, kind: ChangeKind, rows: pd.DataFrame, register: Register, *, on: date, note: str | None
) -> AreaChange:
    return plan_change(
        kind,
        rows,
        register.areas,
        register.assignments,
        register.facilities,
        on=on,
        levels=workspace.settings.levels,
        sliver_m2=workspace.settings.sliver_m2,
        note=note,
    )


def _store(connection: Connection, actor: Actor, change: AreaChange, *, dry_run: bool) -> ChangeResult:
    codes = sorted(set(change.before["code"]) | set(change.reparented["code"]))
    for code in codes:
        require_own_area(connection, actor, code)
    number = None if dry_run else write.apply_change(connection, change, now=datetime.now(UTC))
    if number is not None:
        details = {"number": number, "on": change.on, "areas": sorted({*codes, *change.after["code"]})}
        audit.record(connection, actor, f"areas.{change.kind}", ";".join(codes), details=details)
    return ChangeResult(number, change.kind, change.on, change.crosswalk)


def _register(connection: Connection, known: pd.Timestamp | None) -> Register:
    moment = None if known is None else known.to_pydatetime()
    areas, assignments, facilities = (
        read.read_table(connection, kind, on=None, known=moment) for kind in ("areas", "assignments", "facilities")
    )
    return Register(areas=areas, assignments=assignments, facilities=facilities)


def _day_of(rows: pd.DataFrame) -> date | None:
    """The one day that a file gives in `valid_from`; None for none or several."""
    if "valid_from" not in rows or rows["valid_from"].nunique() != 1:
        return None
    return pd.Timestamp(rows["valid_from"].dropna().iloc[0]).date()

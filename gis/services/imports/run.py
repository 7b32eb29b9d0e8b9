"""Bringing a file in: read it in the sandbox, search it for person data, normalise, validate, store in one transaction.

Nothing is written unless every row is accepted, or `partial` asks for the good rows alone. A dry run does all of
it and rolls back, so what it shows is what would happen.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, Final, Literal, cast

import geopandas as gpd
import pandas as pd

from gis.analysis.locate.points import load_compiled
from gis.analysis.responsibility.workload import locate_facilities
from gis.crs import Datum
from gis.errors import UsageError
from gis.intake.firewall import inspect
from gis.intake.normalise import normalise
from gis.intake.read import read_file
from gis.intake.source import Source, load_source
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.imports import care as import_care
from gis.services.workspace import Workspace, today
from gis.store import read, runs, write
from gis.store.engine import Connection
from gis.tables import TABLES, Kind
from gis.texts import _
from gis.validate import Problem, Report, Stored, validate

BIG_FILE: Final = 10_000_000
"""Bytes; a file of facilities beyond this has its points located by compiled code."""

MOST_DRAWN: Final = 3000
"""Shapes of a dry run that are kept for a map, of what comes and of what goes."""

Progress = Callable[[str], None]
Outcome = Literal["written", "dry-run", "rejected"]


@dataclass(frozen=True)
class ImportResult:
    """What an import did, or in a dry run would do."""

    kind: Kind
    file: str
    rows: int
    report: Report
    evidence: dict[str, Any]
    outcome: Outcome
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    sample: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Up to 50 rows that are new or changed: the key columns and `status`."""
    number: int | None = None
    """Number of the import, where something was written."""
    drawn: gpd.GeoDataFrame | None = None
    """Of a dry run of areas or facilities, the shapes that would come and go (see `gis.store.runs.read_drawn`)."""

    @property
    def accepted(self) -> int:
        """Rows that are (or would be) in the database."""
        return self.inserted + self.changed + self.unchanged

    @property
    def rejected(self) -> int:
        """Rows with an error of their own; all rows where the file itself is refused."""
        return self.rows if self.report.refuses_file else len(self.report.rejected_rows)


class _RollBack(Exception):
    """Leaves the transaction of a dry run."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for reference cycles: among millions of points it finds none and takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def import_file(
    workspace: Workspace,
    actor: Actor,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    encoding: str | None = None,
    partial: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _step: None,
) -> ImportResult:
    """Imports one file of one kind.

    Raises FirewallRefused where personal data is found, DataRejected where the file cannot be read at all,
    UsageError for an unknown kind. Rejected rows are no exception: they stand in the result's report.
    """
    permit(actor, "imports.run")
    source = load_source(_known_kind(kind))
    if source.kind == "facilities" and path.is_file() and path.stat().st_size > BIG_FILE:
        # While a child reads the file this process waits: time to load what will locate the points.
        Thread(target=load_compiled, daemon=True).start()
    progress(_("Reading {file}", file=path.name))
    raw = read_file(path, source, encoding=encoding)
    progress(_("Searching for personal data"))
    reviews = inspect(raw, source)
    with workspace.owner_transaction() as connection:
        progress(_("Checking {rows} rows", rows=len(raw.frame)))
        areas = _stored_areas(connection, source)
        normalised = normalise(raw, source, datum=datum, areas=areas)
        report = Report((*reviews, *normalised.problems))
        frame = normalised.frame
        report = report.plus(_check(workspace, connection, source, frame, areas, report))
    base = ImportResult(_known_kind(kind), str(path), len(raw.frame), report, normalised.evidence, "rejected")
    if _refused(report, partial=partial):
        return base
    frame = frame.loc[~frame.index.isin(report.rejected_rows)]
    progress(_("Writing {rows} rows", rows=len(frame)))
    return _write(workspace, actor, base, frame, dry_run=dry_run)


def _known_kind(kind: str) -> Kind:
    if kind not in TABLES:
        raise UsageError(_("Unknown kind {kind}; one of: {kinds}.", kind=kind, kinds=", ".join(TABLES)))
    return cast("Kind", kind)


def _refused(report: Report, *, partial: bool) -> bool:
    """A problem with the file itself refuses it always; a rejected row does unless only the good rows are wanted."""
    return report.refuses_file or (report.has_errors and not partial)


def _stored_areas(connection: Connection, source: Source) -> gpd.GeoDataFrame:
    """The areas that a file is checked against: every version now known, or those in force today."""
    day = None if source.kind in ("areas", "assignments", "outreach") else today()
    wanted = source.kind in ("areas", "assignments", "facilities", "outreach", "population", "births")
    return read.read_table(connection, "areas", on=day, known=None, limit=None if wanted else 0)


def _check(
    workspace: Workspace,
    connection: Connection,
    source: Source,
    frame: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    report: Report,
) -> tuple[Problem, ...]:
    if report.refuses_file:
        return ()
    stored = Stored(
        areas=areas,
        officers=_stored_rows(connection, "officers", needed=source.kind == "assignments"),
        assignments=_stored_rows(connection, "assignments", needed=source.kind == "assignments"),
        facility_codes=_facility_codes(connection, source),
        **import_care.stored_care(connection, source.kind, areas, levels=workspace.settings.levels),
    )
    located = locate_rows(source.kind, frame, areas)
    levels = workspace.settings.levels
    return validate(source.kind, frame, levels=levels, stored=stored, located=located, today=today()).problems


def locate_rows(kind: str, frame: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series | None:
    """Code of the lowest area at the place of each facility, of any area at that of each cell; None for other kinds."""
    if kind == "facilities":
        return locate_facilities(gpd.GeoDataFrame(frame), areas)
    if kind == "population" and len(areas):
        return locate_facilities(gpd.GeoDataFrame(frame), areas, climb=True)
    return None


def _stored_rows(connection: Connection, kind: Kind, *, needed: bool) -> pd.DataFrame:
    return read.read_table(connection, kind, on=None, known=None, limit=None if needed else 0)


def _facility_codes(connection: Connection, source: Source) -> pd.Index:
    if source.kind not in ("licences", "equipment", "operators", "assignments", "inspections", "times"):
        return pd.Index([], dtype="str")
    return pd.Index(read.read_codes(connection, "facilities"))


def _write(
    workspace: Workspace, actor: Actor, base: ImportResult, frame: pd.DataFrame, *, dry_run: bool
) -> ImportResult:
    now = datetime.now(UTC)
    result = base
    try:
        with workspace.owner_transaction() as connection:
            number = write.start_import(
                connection,
                kind=base.kind,
                file=Path(base.file).name,
                sha256=_sha256(Path(base.file)),
                evidence=base.evidence,
                now=now,
            )
            changes = write.upsert(connection, base.kind, frame, import_id=number, now=now)
            news = bool(changes.inserted or changes.changed)
            result = replace(
                base,
                outcome="dry-run" if dry_run else "written",
                inserted=changes.inserted,
                changed=changes.changed,
                unchanged=changes.unchanged,
                sample=changes.sample,
                number=number if news and not dry_run else None,
                drawn=_draw(connection, base.kind, number) if dry_run else None,
            )
            if dry_run or not news:
                raise _RollBack
            details = {"file": Path(base.file).name, "inserted": changes.inserted, "changed": changes.changed}
            audit.record(connection, actor, f"import.{base.kind}", str(number), details=details)
    except _RollBack:
        pass
    return result


def _draw(connection: Connection, kind: Kind, number: int) -> gpd.GeoDataFrame | None:
    """The shapes that an import of areas or facilities brings and takes away; None for other tables."""
    if kind not in ("areas", "facilities"):
        return None
    return runs.read_drawn(connection, kind, import_id=number, limit=MOST_DRAWN)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

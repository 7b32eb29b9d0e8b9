"""Corrections of the map: an officer says where it is wrong, a leader accepts or refuses, and the map follows.

A *boundary* is the polygon that an area should have; accepted, it is a redraw of that area from the day of the
decision, and no neighbour is touched: ground that both now hold, or neither, shows among the gaps until somebody
redraws the neighbour too. A *point* is where a facility really stands; accepted, it stands there from that day.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import geopandas as gpd
import shapely

from gis.crs import STORAGE, Datum
from gis.errors import DataRejected, NotFound
from gis.intake.firewall import refuse_person_data
from gis.roles import Actor, permit
from gis.rows import seal
from gis.services import audit
from gis.services.areas import proposals
from gis.services.areas.changes import make_change
from gis.services.areas.proposals import Shape
from gis.services.numbers import read_number
from gis.services.workspace import Workspace, today
from gis.store import corrections, read
from gis.store.engine import Connection
from gis.texts import _

CorrectionKind = Literal["boundary", "point"]
State = Literal["proposed", "accepted", "refused"]
STATES: Final[tuple[State, ...]] = ("proposed", "accepted", "refused")
MOST_TEXT: Final = 1000
"""Characters of a note or a reason."""


def propose(
    workspace: Workspace,
    actor: Actor,
    *,
    id: str,  # noqa: A002 - as the record and its JSON name it
    kind: CorrectionKind,
    target: str,
    geometry: Mapping[str, Any],
    datum: Datum = "wgs84",
    note: str | None = None,
) -> dict[str, Any]:
    """Stores a correction and returns its receipt: the record, when it was stored, and a SHA-256 over both.

    `id` is a UUID that the client made: the same correction sent again is stored once and has the same receipt.
    `geometry` is GeoJSON in degrees of `datum`: Polygon or MultiPolygon for a boundary of the area `target`, Point
    for the facility `target`. Raises NotFound for a target that the actor does not answer for, DataRejected for a
    geometry that cannot be, FirewallRefused for personal data in the note.
    """
    permit(actor, "corrections.propose")
    number, note = read_number(id), _text(note, field="note")
    shape = proposals.read_shape(kind, geometry, datum=datum)
    with workspace.transaction(actor) as connection:
        place = proposals.check_place(connection, actor, kind, target, shape)
        row: dict[str, Any] = {"id": number, "kind": kind, "target_code": target, "area_code": place, "note": note}
        row |= {"proposed_by": actor.name, "geometry": shape}
        added = corrections.add(connection, row, datetime.now(UTC))
        stored = corrections.find(connection, number)
        assert stored is not None
        receipt = _receipt(stored)
        if added:
            details = {"correction": number, "kind": kind, "sha256": receipt["sha256"]}
            audit.record(connection, actor, "corrections.propose", target, details=details)
    return receipt


def list_corrections(
    workspace: Workspace, actor: Actor, state: State | None = None, *, limit: int = 100, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """Corrections inside the actor's areas, undecided first, and their number in all.

    Each has id, kind, target_code, area_code, note, proposed_by, proposed_at, state, reason, decided_by, decided_at,
    change_id and `geometry`, a shapely MultiPolygon or Point in EPSG:4326.
    """
    permit(actor, "corrections.read")
    with workspace.transaction(actor) as connection:
        return corrections.list_all(connection, state=state, limit=limit, offset=offset)


def current_shapes(workspace: Workspace, actor: Actor, rows: list[dict[str, Any]]) -> dict[str, tuple[str, Shape]]:
    """For the targets of corrections: code -> the name and the shape that the map has today."""
    permit(actor, "corrections.read")
    found: dict[str, tuple[str, Shape]] = {}
    kinds: tuple[tuple[CorrectionKind, Literal["areas", "facilities"]], ...] = (
        ("boundary", "areas"),
        ("point", "facilities"),
    )
    with workspace.transaction(actor) as connection:
        for kind, table in kinds:
            codes = sorted({row["target_code"] for row in rows if row["kind"] == kind})
            frame = read.read_table(connection, table, on=today(), known=None, codes=codes) if codes else None
            if frame is not None:
                found |= dict(zip(frame["code"], zip(frame["name"], frame.geometry, strict=True), strict=True))
    return found


def decide(
    workspace: Workspace, actor: Actor, number: str, *, accept: bool, reason: str | None = None
) -> dict[str, Any]:
    """Accepts a correction, and changes the map from today on, or refuses it, with a reason; returns it as it is then.

    Map, decision and audit are one transaction. The same decision sent again changes nothing. Raises NotFound for
    a correction that the actor does not see, DataRejected where it was decided otherwise or the map cannot take it.
    """
    permit(actor, "corrections.decide")
    number, reason = read_number(number), _text(reason, field="reason")
    if not accept and reason is None:
        raise DataRejected(_("Say why the correction is refused."))
    with workspace.transaction(actor) as connection:
        row = corrections.find(connection, number)
        if row is None:
            raise NotFound(_("There is no correction {number}.", number=number))
        if row["state"] != "proposed":
            return _decided(row, actor, accept=accept)
        at, change = datetime.now(UTC), None
        if accept and row["kind"] == "boundary":
            change = _redraw(workspace, connection, actor, row)
        elif accept:
            proposals.require_own_facility(connection, actor, row["target_code"])
            shape = row["geometry"]
            at = corrections.move_facility(connection, row["target_code"], shape, on=today(), now=at)
        if not corrections.decide(
            connection, number, accepted=accept, reason=reason, by=actor.name, at=at, change=change
        ):
            raise DataRejected(_("This correction was decided a moment ago. Look at it again."))
        verb = "accept" if accept else "refuse"
        audit.record(
            connection,
            actor,
            f"corrections.{verb}",
            row["target_code"],
            details={"correction": number, "kind": row["kind"], "change": change},
        )
        decided = corrections.find(connection, number)
        assert decided is not None
        return decided


def _decided(row: dict[str, Any], actor: Actor, *, accept: bool) -> dict[str, Any]:
    """The correction where this actor has decided just so before. Raises DataRejected."""
    if row["state"] == ("accepted" if accept else "refused") and row["decided_by"] == actor.name:
        return row
    raise DataRejected(_("This correction was decided already."), details={"state": row["state"]})


def _redraw(workspace: Workspace, connection: Connection, actor: Actor, row: Mapping[str, Any]) -> int | None:
    code = row["target_code"]
    area = read.read_table(connection, "areas", on=today(), known=None, codes=[code])
    if len(area) and area["valid_from"].iloc[0] is not None and str(area["valid_from"].iloc[0])[:10] == str(today()):
        text = _("{code} began or was changed today, and a day has one boundary. Accept this tomorrow.", code=code)
        raise DataRejected(text)
    rows = gpd.GeoDataFrame({"code": [code]}, geometry=[row["geometry"]], crs=STORAGE)
    note = _("Correction {number} of {who}", number=row["id"], who=row["proposed_by"])
    return make_change(workspace, connection, actor, "redraw", rows, on=today(), note=note).number


def _text(text: str | None, *, field: str) -> str | None:
    """The text without blanks at its ends, None for nothing. Raises DataRejected or FirewallRefused."""
    text = (text or "").strip() or None
    if text and (len(text) > MOST_TEXT or "\x00" in text):
        raise DataRejected(_("A note has at most {most} characters.", most=MOST_TEXT))
    refuse_person_data(text, field=field)
    return text


def _receipt(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it was stored, and a hash over exactly these values."""
    record = {
        "id": stored["id"],
        **{name: stored[name] for name in ("kind", "target_code", "area_code", "note", "proposed_by")},
        "proposed_at": stored["proposed_at"].astimezone(UTC).isoformat(),
        "geometry": json.loads(shapely.to_geojson(stored["geometry"])),
    }
    return {**record, "sha256": seal(record)}

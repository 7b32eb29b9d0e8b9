"""Receipts: what was stored of an inspection, with a hash for every answer's record and every photo.

The SHA-256 of a receipt is that of the record exactly as it stands in it (JSON with sorted keys and no blanks), photos
by their hashes. The same record has the same receipt at any later time; `conflict` and `findings` stand beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from gis.errors import NotFound
from gis.roles import Actor, permit
from gis.rows import seal
from gis.services.scope import sees_facility
from gis.services.workspace import Workspace
from gis.store import findings, inspections
from gis.store.engine import Connection
from gis.texts import _

PHOTO_FIELDS: Final = ("field", "name", "sha256", "sent_sha256", "media_type", "width", "height", "bytes")


def of_record(workspace: Workspace, actor: Actor, number: str) -> dict[str, Any]:
    """The receipt of a stored record. Raises NotFound."""
    permit(actor, "inspections.read")
    with workspace.transaction(actor) as connection:
        found = inspections.find_records(connection, ids=[number])
        if not found or not sees_facility(connection, actor, found[0]["facility_code"]):
            raise NotFound(_("There is no record {number}.", number=number))
        return build(connection, found[0])


def build(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of a stored record."""
    photos = inspections.list_photos(connection, [row["id"]])
    heads = [other["id"] for other in inspections.find_records(connection, code=row["inspection_code"], heads=True)]
    found = findings.select(connection, inspection=row["inspection_code"]) if heads == [row["id"]] else []
    others = [number for number in heads if number != row["id"]] if row["id"] in heads else []
    return compose(row, photos, others, found)


def compose(
    row: Mapping[str, Any],
    photos: Sequence[Mapping[str, Any]],
    conflict: Sequence[str],
    found: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """`{"record", "photos", "sha256", "conflict", "findings"}` from rows of the store; photos by their field."""
    record = {name: row[name] for name in inspections.RECORD_FIELDS}
    record |= {
        "corrects": list(row["corrects"]),
        "inspected_on": row["inspected_on"].isoformat(),
        "recorded_at": row["recorded_at"].astimezone(UTC).isoformat(),
        "inspectors": row["inspectors"].split(";"),
    }
    shown = [{name: photo[name] for name in PHOTO_FIELDS} for photo in photos]
    return {
        "record": record,
        "photos": shown,
        "sha256": seal([record, shown]),
        "conflict": list(conflict),
        "findings": [
            {
                **{name: finding[name] for name in ("id", "item", "severity", "deadline_workdays")},
                "due_on": finding["due_on"] and finding["due_on"].isoformat(),
            }
            for finding in found
        ],
    }

"""Draws as they are read: by everybody their hashes, counts and moments, by those who inspect what was drawn."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gis.analysis.draw.choose import REASONS, STRATA
from gis.analysis.draw.verify import MOST_BYTES, Verdict, verify
from gis.errors import DataRejected, NotFound
from gis.roles import PUBLIC, Actor, permit
from gis.services import audit
from gis.services.numbers import read_number
from gis.services.scope import own
from gis.services.workspace import Workspace
from gis.store import draws, inspections
from gis.store.engine import Connection
from gis.texts import N_, _

Row = dict[str, Any]
PUBLISHED: Final = (
    *("id", "on", "count", "state", "commitment", "committed_at", "list_sha256", "candidates", "inspectors"),
    *("frozen_at", "seal", "revealed_at"),
)
"""What everybody may know of a draw."""
STATE_NAMES: Final = {
    "committed": N_("Seed committed"),
    "frozen": N_("List frozen"),
    "drawn": N_("Drawn"),
}
STRATUM_NAMES: Final = {
    "never": N_("Never inspected"),
    "critical": N_("Critical finding on record"),
    "serious": N_("Serious finding on record"),
    "stale": N_("Not inspected for long"),
    "clean": N_("Clean record"),
}
REASON_NAMES: Final = {str(reason): name for reason, name in REASONS.items()}
assert set(STRATUM_NAMES) == set(STRATA)


def list_draws(workspace: Workspace, actor: Actor, *, limit: int = 100, offset: int = 0) -> tuple[list[Row], int]:
    """A page of the draws, the newest first, with PUBLISHED and who committed them, and how many there are."""
    permit(actor, "draws.read")
    with workspace.transaction(actor) as connection:
        rows, total = draws.list_all(connection, limit=limit, offset=offset)
    return [{**publish(row), "committed_by": row["committed_by"]} for row in rows], total


def list_published(workspace: Workspace, *, limit: int = 100, offset: int = 0) -> tuple[list[Row], int]:
    """The same for everybody: no account, no seed, no facility."""
    permit(PUBLIC, "draws.published")
    with workspace.transaction(PUBLIC) as connection:
        rows, total = draws.list_all(connection, limit=limit, offset=offset)
    return [publish(row) for row in rows], total


def read_draw(workspace: Workspace, actor: Actor, number: str) -> Row:
    """One draw with `facilities`: those drawn that the actor answers for, and `proof`: whether that is for the actor.

    Raises NotFound.
    """
    permit(actor, "draws.read")
    with workspace.transaction(actor) as connection:
        return describe(connection, actor, find(connection, number))


def read_proof(workspace: Workspace, actor: Actor, number: str) -> bytes:
    """The proof of a draw, for those who answer for every facility in it; the audit knows of it. Raises NotFound."""
    permit(actor, "draws.read")
    with workspace.transaction(actor) as connection:
        row = find(connection, number)
        found = draws.read_file(connection, row["id"], "proof")
        if found is None or (own(connection, actor) and not found[1] <= draws.own_codes(connection)):
            raise NotFound(_("There is no proof of this draw among what you may see."))
        audit.record(connection, actor, "draws.proof", row["id"])
    return found[0]


def list_inspectors(workspace: Workspace, actor: Actor) -> list[Row]:
    """code, name, department of those who may be named for a draw, by code."""
    permit(actor, "draws.run")
    with workspace.transaction(actor) as connection:
        return inspections.list_inspectors(connection)


def verify_file(file: Path, *, seal: str | None = None) -> Verdict:
    """Whether the proof in a file holds, and has the seal that was published, where one is given.

    Asks no database. Raises DataRejected naming line and path.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise DataRejected(_("{file} is larger than any proof.", file=file.name))
        content = file.read_bytes()
    except OSError as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=file.name, why=error.strerror)) from None
    found = verify(content)
    if seal is not None and seal.strip().lower() != found.seal:
        raise DataRejected(
            _("The proof holds, but it is not the one that was published: its seal is {seal}.", seal=found.seal),
            details={"path": "$.seal"},
        )
    return found


def find(connection: Connection, number: str) -> Row:
    """The row of a draw. Raises NotFound."""
    try:
        code = read_number(number)
    except DataRejected:
        raise NotFound(_("No draw {code}.", code=number[:100])) from None
    row = draws.find(connection, code)
    if row is None:
        raise NotFound(_("No draw {code}.", code=code))
    return row


def describe(connection: Connection, actor: Actor, row: Row) -> Row:
    """A draw with what of it the actor may see."""
    mine = bool(own(connection, actor))
    names = {person["code"]: person["name"] for person in inspections.list_inspectors(connection)}
    seen = draws.facilities_of(connection, row["id"], mine=mine)
    return {
        **publish(row),
        "committed_by": row["committed_by"],
        "terms": row["terms"],
        "seed": row["seed"],
        "nonce": row["nonce"],
        "facilities": [
            {
                "facility": {"code": line["facility_code"], "name": line["facility_name"]},
                **{name: line[name] for name in ("stratum", "probability", "recused", "problem")},
                "inspectors": [{"code": code, "name": names.get(code)} for code in line["inspectors"]],
            }
            for line in seen
        ],
        "proof": _sees_proof(connection, row["id"], mine=mine),
        "mine": row["committed_by"] == actor.name or actor.role == "system",
    }


def publish(row: Row) -> Row:
    """What everybody may know of a draw."""
    state = "drawn" if row["revealed_at"] else "frozen" if row["frozen_at"] else "committed"
    said = {
        **{name: row[name] for name in ("id", "list_sha256", "candidates", "inspectors", "seal")},
        **{"on": row["draw_on"].isoformat(), "count": row["facilities"], "state": state, "commitment": row["sha256"]},
        **{name: _moment(row[name]) for name in ("committed_at", "frozen_at", "revealed_at")},
    }
    return {name: said[name] for name in PUBLISHED}


def _sees_proof(connection: Connection, number: str, *, mine: bool) -> bool:
    if not mine:
        return draws.has_file(connection, number, "proof")
    found = draws.read_file(connection, number, "proof")
    return found is not None and found[1] <= draws.own_codes(connection)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""The audit: who did what to which record, when and from where, in the transaction of the deed itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gis.errors import WanggeError
from gis.roles import Actor, permit
from gis.services.page import Page
from gis.services.workspace import Workspace
from gis.spreadsheet import neutralise
from gis.store import audit
from gis.store.audit import Chain
from gis.store.engine import Connection

MOST_TEXT: Final = 200
"""Characters kept of what a request said."""
MOST_ROWS: Final = 100_000
"""Rows of one download."""


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    target: str | None = None,
    *,
    outcome: str = "done",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Adds a row to the audit in this transaction; call it last, for other writers wait from here on.

    `action` is a family and a verb, such as `outreach.record`; `outcome` is done, denied or failed.
    """
    audit.add(
        connection,
        who=actor.name[:MOST_TEXT],
        role=actor.role,
        action=action,
        target=None if target is None else target.replace("\0", "\ufffd")[:MOST_TEXT],
        outcome=outcome,
        origin=actor.origin,
        details=details or {},
    )


def deny(workspace: Workspace, actor: Actor, action: str, target: str, error: WanggeError) -> None:
    """Writes down an attempt that was refused, in a transaction of its own."""
    details = {"error": type(error).__name__, **{k: v for k, v in error.details.items() if k == "action"}}
    with workspace.transaction(actor) as connection:
        record(connection, actor, action, target, outcome="denied", details=details)


def verify(workspace: Workspace, actor: Actor) -> Chain:
    """Whether every row still stands as it was written."""
    permit(actor, "audit.read")
    with workspace.owner_transaction() as connection:
        return audit.verify(connection)


def knows_head(workspace: Workspace, actor: Actor, head: str) -> bool:
    """Whether a head that somebody noted earlier is still the seal of a row: else the chain was written anew."""
    permit(actor, "audit.read")
    with workspace.owner_transaction() as connection:
        return audit.has_seal(connection, head)


def to_csv(workspace: Workspace, actor: Actor, **filters: Any) -> str:  # noqa: ANN401 - those of `search`
    """The newest rows that fit, at most MOST_ROWS, with formula cells neutralised; the reading itself is audited."""
    found = search(workspace, actor, limit=MOST_ROWS, **filters)
    with workspace.transaction(actor) as connection:
        record(connection, actor, "export.audit", details={"rows": len(found.frame)})
    frame = found.frame.assign(
        at=[at.isoformat() for at in found.frame["at"]],
        details=[json.dumps(details, ensure_ascii=False) for details in found.frame["details"]],
    )
    return str(neutralise(frame).to_csv(index=False, lineterminator="\n"))


def search(
    workspace: Workspace,
    actor: Actor,
    *,
    who: str | None = None,
    action: str | None = None,
    target: str | None = None,
    outcome: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Page[Any]:
    """A page of the audit, newest first."""
    permit(actor, "audit.read")
    with workspace.owner_transaction() as connection:
        frame, total = audit.search(
            connection,
            who=who,
            action=action,
            target=target,
            outcome=outcome,
            start=start,
            end=end,
            limit=limit,
            offset=offset,
        )
    return Page(frame, total, limit, offset)

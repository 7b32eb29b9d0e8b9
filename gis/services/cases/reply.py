"""The facility's reply: a signed link that works once, until the reply clock has run out.

The **token** of a link is a JSON web token signed with a key that only the owner of the database reads. It names the
case and the end of its time; the store keeps its hash alone. Whoever brings one that is not ours, or that was changed,
learns nothing: neither whether there is such a case nor what is wrong.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gis.errors import DataRejected, NotAllowed, UsageError
from gis.policies import shipped_case_policy
from gis.roles import Actor, permit
from gis.rows import seal
from gis.services import audit
from gis.services.accounts.sessions import hash_token
from gis.services.cases.clocks import due_of, stand_of
from gis.services.cases.records import find
from gis.services.cases.texts import clean_text
from gis.services.workspace import Workspace, today
from gis.store import case_replies, cases
from gis.store.engine import Connection
from gis.texts import _

Row = dict[str, Any]
Why = Literal["unknown", "expired", "answered"]
ALGORITHM: Final = "HS256"
FACILITY: Final = "facility"
"""Who made a step that came over a link."""
LONGEST_TOKEN: Final = 1000


@dataclass(frozen=True)
class Notice:
    """What a link shows: nothing about the people who work on the case."""

    facility: str
    findings: list[Row]
    facts: str | None
    basis: str | None
    proposed: str | None
    due_on: str | None
    expires: datetime


@dataclass(frozen=True)
class Refused:
    """A link that opens nothing. A reply that was given over it is named by its hash."""

    why: Why
    received_at: datetime | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What is stored of a reply."""

    facility: str
    received_at: datetime
    sha256: str


def make_link(workspace: Workspace, actor: Actor, case: str) -> tuple[str, datetime]:
    """The token of a new link and its end; the token is nowhere else.

    Raises NotFound, NotAllowed for anybody but the investigator, UsageError where no reply is waited for.
    """
    permit(actor, "cases.work")
    key, now = _key(workspace), datetime.now(UTC)
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, case)
        if actor.name != row["investigator"]:
            raise NotAllowed(_("Only the investigator of a case gives out its link."), details={"action": "cases.link"})
        policy = shipped_case_policy()
        if stand_of(row, policy, today()).state != "noticed":
            raise UsageError(_("A link is given out while the case waits for the reply of the facility."))
        due = due_of(row, policy)
        local = datetime.now().astimezone()
        last = due or local.date() + timedelta(days=policy.link_days)
        expires = datetime.combine(last + timedelta(days=1), datetime.min.time(), local.tzinfo).astimezone(UTC)
        claims = {"case": row["id"], "nonce": secrets.token_urlsafe(24), "exp": int(expires.timestamp())}
        token = jwt.encode({"alg": ALGORITHM}, claims, key)
        case_replies.add_link(
            connection, row["id"], token_hash=hash_token(token), expires=expires, by=actor.name, at=now
        )
        audit.record(connection, actor, "cases.link", row["id"], details={"expires": expires.isoformat()})
    return token, expires


def read_link(workspace: Workspace, token: str) -> Notice | Refused:
    """What the facility sees behind its link, or that it opens nothing."""
    key = _key(workspace)
    with workspace.owner_transaction() as connection:
        found = _open(connection, key, token)
        if isinstance(found, Refused):
            return found
        row, expires = found
        details: Mapping[str, Any] = row["details"]
        due = due_of(row, shipped_case_policy())
        return Notice(
            facility=row["facility_name"] or row["facility_code"],
            findings=cases.findings_of(connection, row["id"]),
            facts=cases.events(connection, row["id"])[-1]["note"],
            basis=details.get("basis"),
            proposed=details.get("proposed"),
            due_on=due.isoformat() if due else None,
            expires=expires,
        )


def give_reply(workspace: Workspace, actor: Actor, token: str, reply: str) -> Receipt | Refused:
    """Stores the reply of the facility, once; the link opens nothing afterwards.

    Raises DataRejected for no text, FirewallRefused for personal data in it.
    """
    key, cleaned = _key(workspace), clean_text(reply, field="reply")
    if cleaned is None:
        raise DataRejected(_("Write your statement first."), details={"field": "reply"})
    with workspace.owner_transaction() as connection:
        found = _open(connection, key, token)
        if isinstance(found, Refused):
            return found
        row, _expires = found
        now = max(datetime.now(UTC), row["done_at"] + timedelta(microseconds=1))
        sealed = _seal(row["id"], cleaned, now)
        kept = case_replies.add_reply(
            connection,
            row["id"],
            token_hash=hash_token(token),
            reply=cleaned,
            sha256=sealed,
            origin=actor.origin,
            at=now,
        ) and cases.add_event(
            connection,
            row["id"],
            number=row["number"] + 1,
            state="replied",
            by=FACILITY,
            at=now,
            note=None,
            clock="decision",
            due_on=row["decision_due_on"],
            details={"channel": "link"},
        )
        if not kept:
            raise DataRejected(_("The case went on a moment ago. Load the page again; nothing was stored."))
        audit.record(connection, actor, "cases.reply", row["id"], details={"sha256": sealed})
    return Receipt(row["facility_name"] or row["facility_code"], now, sealed)


def keep_paper_reply(connection: Connection, actor: Actor, case: str, event: dict[str, Any]) -> None:
    """A reply on paper or by word of mouth, that the investigator records; its text moves from the step to the reply.

    Raises DataRejected where there is a reply already.
    """
    text, now = str(event["note"]), event["at"]
    event |= {"note": None, "details": {**event["details"], "channel": "paper"}}
    if not case_replies.add_reply(
        connection, case, token_hash=None, reply=text, sha256=_seal(case, text, now), origin=actor.origin, at=now
    ):
        raise DataRejected(_("The reply of the facility is there already."))


def _open(connection: Connection, key: OctKey, token: str) -> tuple[Row, datetime] | Refused:
    """The case behind a link, and when the link ends."""
    link = case_replies.find_link(connection, hash_token(token)) if _is_ours(key, token) else None
    row = cases.find(connection, link["case_id"], mine=False) if link else None
    if link is None or row is None:
        return Refused("unknown")
    reply = case_replies.find_reply(connection, row["id"])
    if reply is not None:
        return Refused("answered", reply["received_at"], reply["sha256"] if reply["by_link"] else None)
    stand = stand_of(row, shipped_case_policy(), today())
    if link["expires"] <= datetime.now(UTC) or stand.state != "noticed":
        return Refused("expired")
    return row, link["expires"]


def _is_ours(key: OctKey, token: str) -> bool:
    """Whether the signature is ours; the end of its time is looked at later."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return False
    try:
        jwt.decode(token, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True


def _key(workspace: Workspace) -> OctKey:
    with workspace.owner_transaction() as connection:
        return OctKey.import_key(case_replies.signing_key(connection, secrets.token_bytes(32), datetime.now(UTC)))


def _seal(case: str, reply: str, at: datetime) -> str:
    return seal({"case": case, "text": reply, "received_at": at.astimezone(UTC).isoformat()})

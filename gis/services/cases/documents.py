"""The documents of a case: issued with the step that they belong to, stored with their SHA-256, and taken out again."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from gis.errors import NotFound
from gis.policies import shipped_case_policy
from gis.roles import Actor, permit
from gis.rules import CASE
from gis.services import audit
from gis.services.cases.records import PARTS, find
from gis.services.cases.texts import CHOICES, name_of
from gis.services.inspections.checklist_words import item_label
from gis.services.workspace import Workspace
from gis.store import cases
from gis.store.engine import Connection
from gis.texts import N_, _, current_language
from maps.sheets.case import CaseSheet, DocumentKind, Found, case_sheet

Row = Mapping[str, Any]
DOCUMENTS: Final[Mapping[str, DocumentKind]] = {
    "noticed": "notice",
    "decided": "decision",
    "served": "service",
    "closed": "closure",
    "dropped": "closure",
}
"""State -> what is issued with the step into it."""
_PART_SIGNS: Final[Mapping[str, str]] = {
    "investigator": N_("Investigator"),
    "reviewer": N_("Reviewer"),
    "decider": N_("Decider"),
}


def issue(workspace: Workspace, connection: Connection, actor: Actor, case: Row, *, number: int, at: datetime) -> str:
    """Makes and stores the document of the last step, in the reader's language; its SHA-256."""
    kind = DOCUMENTS[case["events"][-1]["state"]]
    sheet = {"notice": _notice, "decision": _decision, "service": _service, "closure": _closure}[kind](case, at)
    content = case_sheet(
        CaseSheet(
            kind=kind,
            office=workspace.settings.office_name,
            number=file_number(case),
            facility=case["facility"]["name"] or case["facility"]["code"],
            code=case["facility"]["code"],
            on=at.astimezone().date(),
            **sheet,
        ),
        lang=current_language(),
    )
    sealed = hashlib.sha256(content).hexdigest()
    cases.add_document(
        connection, case["id"], number=number, kind=kind, sha256=sealed, content=content, by=actor.name, at=at
    )
    return sealed


def read_document(workspace: Workspace, actor: Actor, case: str, number: int) -> tuple[bytes, str]:
    """A document and the name of its file; taking it out is written to the audit. Raises NotFound."""
    permit(actor, "cases.read")
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, case)
        found = cases.document(connection, row["id"], number)
        if found is None:
            raise NotFound(_("This case has no document {number}.", number=number))
        details = {"number": number, "sha256": found["sha256"]}
        audit.record(connection, actor, "export.case-document", row["id"], details=details)
    content: bytes = found["content"]
    return content, f"{file_number({'id': row['id'], 'opened_at': row['opened_at'].isoformat()})}-{found['kind']}.pdf"


def file_number(case: Row) -> str:
    """The number on documents: the year, and the beginning of the case's own number.

    >>> file_number({"id": "1f0c9a3e-0000-4000-8000-000000000000", "opened_at": "2026-11-02T01:00:00+00:00"})
    '2026-1F0C9A3E'
    """
    return f"{case['opened_at'][:4]}-{case['id'][:8].upper()}"


def _notice(case: Row, _at: datetime) -> dict[str, Any]:
    event = case["events"][-1]
    due = event["due_on"]
    until = (
        _("You may state your view and defend yourselves until {day}.", day=due)
        if due
        else _(
            "You may state your view and defend yourselves. The last day is not known yet; the authority will say it."
        )
    )
    rights = _(
        "The authority hears every statement, and no sanction becomes heavier because of one. Where the law gives "
        "the right to a hearing, it is asked for within five working days of this notice."
    )
    return {
        "opening": _(
            "An inspection found that the premises do not meet what is required. Under Articles 44 and 45 of the Law "
            "on Administrative Penalties you are told the facts, the reasons, the legal basis, and what is proposed."
        ),
        "findings": _findings(case),
        "sections": [
            (_("Facts and reasons"), event["note"]),
            (_("Legal basis"), event["details"]["basis"]),
            (_("What is proposed to be decided"), event["details"]["proposed"]),
            (_("Your right to state and defend"), f"{until}\n{rights}"),
        ],
    }


def _decision(case: Row, _at: datetime) -> dict[str, Any]:
    event = case["events"][-1]
    details = event["details"]
    reply = case["reply"]
    heard = (
        _("The reply of the facility arrived on {day} and was heard.", day=_day(reply["received_at"]))
        if reply
        else _("The facility gave no reply in the time that it had.")
    )
    days = shipped_case_policy().clocks["appeal"].length
    appeal = _(
        "Against this decision you may apply for administrative review within {days} days of the day on which you "
        "learn of it, or bring a suit before the court as the law provides.",
        days=days,
    )
    outcome = name_of(CHOICES["outcome"], details["outcome"])
    return {
        "opening": _(
            "After notice, reply and review the authority decides on the case opened on {day}.", day=_opened(case)
        ),
        "findings": _findings(case),
        "sections": [
            (_("Facts and reasons"), event["note"]),
            (_("Reply of the facility"), heard),
            (_("Legal basis"), details["basis"]),
            (_("Decision"), "\n".join(filter(None, (outcome, details.get("measure"))))),
            (_("Your right to appeal"), appeal),
        ],
    }


def _service(case: Row, _at: datetime) -> dict[str, Any]:
    event = case["events"][-1]
    details = event["details"]
    return {
        "facts": [
            (_("Document served"), _("Decision on the case")),
            (_("Case No."), file_number(case)),
            (_("Recipient"), f"{case['facility']['name']} ({case['facility']['code']})"),
            (_("How it was served"), name_of(CHOICES["method"], details["method"])),
            (_("Served on"), details["day"]),
            (_("Served by"), _who(case, "investigator")),
            (_("Remark"), event["note"] or "–"),
        ],
        "signatures": [_("Recipient"), _("Served by"), _("Witness")],
    }


def _closure(case: Row, _at: datetime) -> dict[str, Any]:
    steps = [
        (f"{event['number']}. {name_of(CASE.states, event['state'])}", " · ".join(filter(None, _told(event))))
        for event in case["events"]
    ]
    return {
        "facts": [
            (_("Facility"), f"{case['facility']['name']} ({case['facility']['code']})"),
            (_("Opened on"), _opened(case)),
            *((name_of(_PART_SIGNS, part), _who(case, part)) for part in PARTS),
            *steps,
        ],
        "findings": _findings(case),
        "sections": [(_("How it ended"), case["events"][-1]["note"])],
        "signatures": [name_of(_PART_SIGNS, "investigator"), name_of(_PART_SIGNS, "decider")],
    }


def _told(event: Row) -> list[str | None]:
    """The day of a step and what was chosen in it."""
    details = event["details"]
    chosen = [name_of(CHOICES[name], value) for name, value in details.items() if name in CHOICES]
    kept = chosen if event["state"] != "served" else [name_of(CHOICES["method"], details["method"])]
    return [details.get("day") or _day(event["done_at"]), *kept, details.get("measure")]


def _findings(case: Row) -> list[Found]:
    return [Found(item_label(found), found["severity"], found["found_on"], found["note"]) for found in case["findings"]]


def _who(case: Row, part: str) -> str:
    person = case["people"][part]
    return str(person["name"] or person["account"])


def _opened(case: Row) -> str:
    return _day(case["opened_at"])


def _day(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    day: date = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone().date()
    return day.isoformat()

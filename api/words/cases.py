"""The words of the pages of cases, and what the services say of a case, made ready for a template."""

from collections.abc import Mapping
from typing import Any, Final

from gis.policies import shipped_case_policy
from gis.rules import CASE, FINDING
from gis.services.cases.clocks import STARTS
from gis.services.cases.documents import file_number
from gis.services.cases.texts import CHOICES, CLOCK_NAMES, FIELDS, PART_NAMES, name_of
from gis.services.inspections.checklist_words import item_label
from gis.tables import SEVERITY_NAMES
from gis.texts import N_, _
from maps.sheets.case import TITLES

Row = Mapping[str, Any]

LIST: Final[Mapping[str, str]] = {
    "filters": N_("Filters"),
    "state": N_("State"),
    "any": N_("All"),
    "mine": N_("Only those that I work on"),
    "apply": N_("Apply"),
    "reset": N_("Clear the filters"),
    "facility": N_("Facility"),
    "clock": N_("Clock"),
    "waits_for": N_("Waits for"),
    "opened": N_("Opened on"),
    "overdue": N_("Overdue"),
    "nothing": N_("No case fits these filters."),
    "how": N_("A case is opened from the serious or critical findings of a facility."),
}
ONE: Final[Mapping[str, str]] = {
    "back": N_("All cases"),
    "case": N_("Case No."),
    "overdue": N_("Overdue"),
    "facility": N_("Facility"),
    "code": N_("Code"),
    "opened": N_("Opened on"),
    "people": N_("Who works on it"),
    "clocks": N_("Clocks that run"),
    "no_clock": N_("No clock runs."),
    "since": N_("since {day}"),
    "due": N_("until {day}"),
    "unknown": N_("The last day is not known: the calendar of that year is not published yet."),
    "over": N_("over since {day}"),
    "findings": N_("Findings"),
    "found_on": N_("Found on"),
    "way": N_("The way of the case"),
    "by": N_("by {account}"),
    "clock": N_("{clock}: until {day}"),
    "clock_unknown": N_("{clock}: the last day was not known yet"),
    "reply": N_("Reply of the facility"),
    "by_link": N_("over the link"),
    "on_paper": N_("recorded by the investigator"),
    "received": N_("Received"),
    "documents": N_("Documents"),
    "no_documents": N_("Nothing was issued yet."),
    "next": N_("What comes next"),
    "final": N_("The case is over; nothing follows."),
    "others": N_("Made by others"),
    "link": N_("Link for the facility’s reply"),
    "link_hint": N_(
        "The facility states its view over this link, without an account. It works once and until the end of the "
        "reply clock. Hand it over with the notice."
    ),
    "link_make": N_("Make a link"),
    "link_again": N_("A link was made on {made}; it holds until {expires}. One more can be made where it was lost."),
    "link_once": N_("The link is shown this once. Copy or print it now."),
    "choose": N_("Please choose"),
}
NEW: Final[Mapping[str, str]] = {
    "lead": N_("Three different people work on a case: you investigate, another officer reviews, a leader decides."),
    "facility": N_("Facility"),
    "findings": N_("Findings that can open a case"),
    "none": N_("This facility has no serious or critical finding that is open and in no other case."),
    "reviewer": N_("Reviewer"),
    "decider": N_("Decider"),
    "nobody": N_("Nobody else who sees this facility can do this part."),
    "note": N_("Remark"),
    "choose": N_("Please choose"),
    "open": N_("Open the case"),
    "found_on": N_("Found on"),
}
REPLY: Final[Mapping[str, str]] = {
    "lead": N_("The authority found that these premises do not meet what is required, and asks for your view."),
    "boundary": N_("Write about the premises, licences and equipment only; no names or numbers of patients or staff."),
    "facility": N_("Facility"),
    "findings": N_("Findings"),
    "found_on": N_("Found on"),
    "facts": N_("Facts and reasons"),
    "basis": N_("Legal basis"),
    "proposed": N_("What is proposed to be decided"),
    "until": N_("You may reply until {day}."),
    "unknown": N_("The last day to reply is not known yet; this link holds until {day}."),
    "once": N_("A reply can be sent once and cannot be changed afterwards."),
    "reply": N_("Your statement and defence"),
    "send": N_("Send the reply"),
    "received": N_("Received"),
    "sha256": N_("SHA-256 of the reply"),
    "keep": N_("Keep this page: with the SHA-256 you can show which text arrived, and when."),
}
STEPS: Final[Mapping[str, str]] = {
    "noticed": N_("Issue the notice"),
    "replied": N_("Record a reply that came on paper"),
    "reviewed": N_("Review the file"),
    "decided": N_("Decide"),
    "served": N_("Record the service"),
    "appealed": N_("Record an appeal"),
    "appeal-decided": N_("Record what became of the appeal"),
    "closed": N_("Close the case"),
    "dropped": N_("Drop the case"),
}
"""State -> what the step into it is called on its button."""


def state_options() -> list[tuple[str, str]]:
    """The states as a filter offers them."""
    return [(state, _(name)) for state, name in CASE.states.items()]


def list_row(case: Row) -> dict[str, Any]:
    """A case as the list shows it."""
    first = case["clocks"][0] if case["clocks"] else None
    return {
        **case,
        "file_number": file_number(case),
        "state_name": name_of(CASE.states, case["state"]),
        "name": case["facility"]["name"] or case["facility"]["code"],
        "clock": None if first is None else clock_row(first),
        "opened_on": case["opened_at"][:10],
    }


def clock_row(clock: Row) -> dict[str, Any]:
    """A clock in words, with the law that sets it."""
    term = shipped_case_policy().clocks[clock["clock"]]
    unit = _("{count} working days") if term.unit == "workdays" else _("{count} days")
    return {
        **clock,
        "name": name_of(CLOCK_NAMES, clock["clock"]),
        "length": unit.format(count=term.length),
        "legal_basis": term.legal_basis,
    }


def finding_rows(findings: list[Row]) -> list[dict[str, Any]]:
    """Findings as tables show them."""
    return [
        {
            **found,
            "label": item_label(found),
            "severity_name": name_of(SEVERITY_NAMES, found["severity"]),
            "state_name": name_of(FINDING.states, found["state"]),
        }
        for found in findings
    ]


def event_rows(case: Row) -> list[dict[str, Any]]:
    """The steps that were made, with the documents issued, and the lapse of the reply where it stands there today."""
    issued = {document["number"]: document for document in case["documents"]}
    rows = []
    for event in case["events"]:
        labels = {field.name: field.label for field in FIELDS.get(event["state"], ())}
        told = [
            (_(labels[name]), name_of(CHOICES[name], value) if name in CHOICES else value)
            for name, value in event["details"].items()
            if name in labels
        ]
        document = issued.get(event["number"])
        rows.append(
            {
                **event,
                "name": name_of(CASE.states, event["state"]),
                "account": name_of(PART_NAMES, "facility") if event["done_by"] == "facility" else event["done_by"],
                "told": told,
                "clock_name": name_of(CLOCK_NAMES, event["clock"]) if event["state"] in STARTS else None,
                "document": None if document is None else {**document, "title": name_of(TITLES, document["kind"])},
            }
        )
    return rows


def step_forms(case: Row, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """A form for each step that the reader makes; what was typed stands in the one that was sent."""
    return [
        {
            "to": step["to"],
            "title": name_of(STEPS, step["to"]),
            "state": name_of(CASE.states, step["to"]),
            "fields": [
                {
                    "name": field.name,
                    "kind": field.kind,
                    "label": _(field.label),
                    "required": field.required,
                    "choices": [(key, _(name)) for key, name in CHOICES.get(field.name, {}).items()],
                    "value": typed.get(field.name, "") if typed.get("to") == step["to"] else "",
                }
                for field in FIELDS[step["to"]]
            ],
        }
        for step in case["next"]
        if step["mine"]
    ]


def waiting(case: Row) -> list[str]:
    """Who makes the steps that are not the reader's."""
    return [
        _("{step}: {account} does this, the {part}.").format(
            step=name_of(STEPS, step["to"]),
            account=step["account"],
            part=name_of(PART_NAMES, "investigator" if step["part"] == "facility" else step["part"]),
        )
        for step in case["next"]
        if not step["mine"]
    ]


def people_rows(case: Row) -> list[tuple[str, str, str]]:
    """Part, name of the officer, account and department."""
    rows = []
    for part, person in case["people"].items():
        more = " · ".join(filter(None, (person["account"], person["department"])))
        rows.append((name_of(PART_NAMES, part), person["name"] or person["account"], more))
    return rows

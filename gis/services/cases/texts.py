"""What a step of a case asks for: texts, choices and a day, each checked before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from gis.errors import DataRejected
from gis.intake.firewall import refuse_person_data
from gis.texts import N_, _

MOST_TEXT: Final = 4000
"""Characters of each text."""

CLOCK_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reply": N_("Time to state and defend"),
        "decision": N_("Time to decide"),
        "service": N_("Time to serve the decision"),
        "appeal": N_("Time to appeal"),
        "closure": N_("Time to close the case"),
    }
)
PART_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "investigator": N_("investigator"),
        "reviewer": N_("reviewer"),
        "decider": N_("decider"),
        "facility": N_("the facility"),
    }
)
CHOICES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "outcome": MappingProxyType({"sanction": N_("Sanction"), "no-sanction": N_("No sanction")}),
        "method": MappingProxyType(
            {
                "person": N_("handed over in person"),
                "left": N_("left at the premises before witnesses"),
                "post": N_("by post"),
                "electronic": N_("electronically, with the consent of the facility"),
                "announced": N_("by public announcement"),
            }
        ),
        "forum": MappingProxyType({"review": N_("Administrative review"), "court": N_("Court")}),
        "result": MappingProxyType(
            {"upheld": N_("Decision upheld"), "changed": N_("Decision changed"), "annulled": N_("Decision annulled")}
        ),
    }
)
"""Field -> value -> its name."""


@dataclass(frozen=True)
class Field:
    """Something that a step asks for."""

    name: str
    kind: Literal["text", "choice", "day"]
    label: str
    required: bool = True


_NOTE: Final = "note"
FIELDS: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        "noticed": (
            Field(_NOTE, "text", N_("Facts and reasons")),
            Field("basis", "text", N_("Legal basis")),
            Field("proposed", "text", N_("What is proposed to be decided")),
        ),
        "replied": (
            Field(_NOTE, "text", N_("What the facility stated, on paper or by word of mouth")),
            Field("day", "day", N_("Received on")),
        ),
        "reviewed": (Field(_NOTE, "text", N_("Opinion of the review")),),
        "decided": (
            Field("outcome", "choice", N_("Outcome")),
            Field(_NOTE, "text", N_("Facts and reasons, and what was made of the reply")),
            Field("basis", "text", N_("Legal basis")),
            Field("measure", "text", N_("The sanction, and how and by when it is carried out"), required=False),
        ),
        "served": (
            Field("method", "choice", N_("How it was served")),
            Field("day", "day", N_("Served on")),
            Field(_NOTE, "text", N_("Remark"), required=False),
        ),
        "appealed": (
            Field("forum", "choice", N_("Appealed to")),
            Field("day", "day", N_("Lodged on")),
            Field(_NOTE, "text", N_("Remark"), required=False),
        ),
        "appeal-decided": (
            Field("result", "choice", N_("Result of the appeal")),
            Field("day", "day", N_("Decided on")),
            Field(_NOTE, "text", N_("Remark"), required=False),
        ),
        "closed": (Field(_NOTE, "text", N_("How the decision was carried out")),),
        "dropped": (Field(_NOTE, "text", N_("Why the case is dropped")),),
    }
)
"""State -> what the step into it asks for. Each text is one that the facility may read."""
FIELD_NAMES: Final = tuple(sorted({field.name for fields in FIELDS.values() for field in fields}))


def name_of(names: Mapping[str, str], key: str) -> str:
    """What something is called in the reader's language."""
    name = names[key]
    return _(name)


def read_fields(to: str, given: Mapping[str, str | None], *, since: date, today: date) -> dict[str, str]:
    """What a step asks for, from what was given; the rest is not kept.

    A day is not after today and not before `since`, that of the step before. Raises DataRejected naming the field,
    FirewallRefused for personal data.
    """
    values: dict[str, str] = {}
    for field in FIELDS[to]:
        value = clean_text(given.get(field.name), field=field.name)
        if value is None and field.kind == "day":
            value = today.isoformat()
        if value is None:
            if field.required:
                raise DataRejected(_("{field} is missing.", field=_(field.label)), details={"field": field.name})
            continue
        _check(field, value, since=since, today=today)
        values[field.name] = value
    if values.get("outcome") == "sanction" and "measure" not in values:
        raise DataRejected(_("A sanction needs a text that says what it is."), details={"field": "measure"})
    return values


def refuse_personal(given: Mapping[str, str | None]) -> None:
    """Raises FirewallRefused where any text of a step names a person, before anything else is looked at."""
    for name in FIELD_NAMES:
        refuse_person_data(given.get(name), field=name)


def clean_text(value: str | None, *, field: str) -> str | None:
    """The text without blanks at its ends, None for nothing. Raises DataRejected or FirewallRefused."""
    value = (value or "").strip() or None
    if value and (len(value) > MOST_TEXT or "\x00" in value):
        raise DataRejected(_("A text has at most {most} characters.", most=MOST_TEXT), details={"field": field})
    refuse_person_data(value, field=field)
    return value


def _check(field: Field, value: str, *, since: date, today: date) -> None:
    if field.kind == "choice" and value not in CHOICES[field.name]:
        raise DataRejected(
            _("{field} must be one of {values}.", field=_(field.label), values=", ".join(CHOICES[field.name])),
            details={"field": field.name},
        )
    if field.kind == "day":
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise DataRejected(_("Write a day as YYYY-MM-DD."), details={"field": field.name}) from None
        if not since <= day <= today:
            text = _("{field} must be from {first} to {last}.", field=_(field.label), first=since, last=today)
            raise DataRejected(text, details={"field": field.name})

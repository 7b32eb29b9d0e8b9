"""What a checklist is made of, and what its answers come to.

**Failed** is an item answered with no. A failed item that is serious or critical fails the inspection; any other makes
it a pass with conditions. Not applicable counts like yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from gis.errors import DataRejected
from gis.tables import SEVERITIES, Severity
from gis.texts import Language, _, current_language

FAILING: Final[frozenset[Severity]] = frozenset({"serious", "critical"})
NOTE: Final = "_note"
PHOTO: Final = "_photo"
"""A field with what was seen, or a picture of it, is named like its item with this ending."""
VISIT_FIELDS: Final = ("facility", "plan", "inspected_on", "inspectors", "place")
"""Fields of every form about the visit itself; a record keeps them beside its answers."""
ANSWERS: Final[tuple[str, ...]] = ("yes", "no", "na")
"""Of an item."""

Result = Literal["pass", "conditions", "fail"]
Labels = Mapping[Language, str]
"""Language -> text; empty where there is none."""


@dataclass(frozen=True)
class Group:
    """A heading over some questions."""

    name: str
    label: Labels


@dataclass(frozen=True)
class Item:
    """A question about the premises that can fail."""

    name: str
    severity: Severity
    label: Labels
    hint: Labels
    legal_basis: str
    group: str | None


@dataclass(frozen=True)
class Question:
    """Any other field of the form; without a label it is not shown."""

    name: str
    type: str
    """As in the workbook: text, date, geopoint, image, select_one_from_file facilities.csv, ..."""
    label: Labels
    hint: Labels
    required: bool
    group: str | None
    about: str | None = None
    """The item whose failing it is about: of the note and the photo that follow an item."""


@dataclass(frozen=True)
class Checklist:
    """One version of a checklist."""

    code: str
    version: str
    title: Labels
    kinds: tuple[str, ...]
    """The kinds of facilities that it is for, the main one first."""
    groups: tuple[Group, ...]
    fields: tuple[Item | Question, ...]
    """Items and questions in the order of the form."""
    choices: Mapping[str, Labels]
    """Answer of an item -> what it is called."""
    file: Path
    """The workbook."""

    @property
    def items(self) -> tuple[Item, ...]:
        """What can fail, in order."""
        return tuple(field for field in self.fields if isinstance(field, Item))

    @property
    def questions(self) -> tuple[Question, ...]:
        """Everything else, in order, with the note and the photo of each item."""
        return tuple(field for field in self.fields if isinstance(field, Question))

    @property
    def names(self) -> frozenset[str]:
        """The names that an answer may have."""
        return frozenset(field.name for field in self.fields)

    def count_items(self) -> dict[Severity, int]:
        """How many items there are of each severity."""
        return _count(self.items)


@dataclass(frozen=True)
class Judgement:
    """What the answers come to."""

    result: Result
    counts: Mapping[Severity, int]
    """Severity -> failed items, all four."""
    failed: tuple[Item, ...]


def say(labels: Labels) -> str:
    """The text in the reader's language.

    >>> from gis.texts import use_language
    >>> with use_language("en"):
    ...     say({"zh": "设备", "en": "Machines"})
    'Machines'
    """
    return labels.get(current_language(), "")


def judge(checklist: Checklist, answers: Mapping[str, str]) -> Judgement:
    """The result of an inspection, from answers by bare name.

    Raises DataRejected for an item without an answer of yes, no or na, and for a name that the checklist does not
    have; `details` lists all of them.

    >>> from gis.checklists.read import latest
    >>> clinic = latest()["clinic"]
    >>> answers = {item.name: "yes" for item in clinic.items}
    >>> judge(clinic, answers).result, judge(clinic, answers | {"badges_worn": "no"}).result
    ('pass', 'conditions')
    >>> judge(clinic, answers | {"licence_in_force": "no"}).counts["critical"]
    1
    """
    _refuse_strangers(checklist, answers)
    _require_answers(checklist, answers)
    failed = tuple(item for item in checklist.items if answers[item.name] == "no")
    result: Result = "conditions" if failed else "pass"
    if any(item.severity in FAILING for item in failed):
        result = "fail"
    return Judgement(result, MappingProxyType(_count(failed)), failed)


def _count(items: tuple[Item, ...]) -> dict[Severity, int]:
    return {severity: sum(item.severity == severity for item in items) for severity in SEVERITIES}


def _refuse_strangers(checklist: Checklist, answers: Mapping[str, str]) -> None:
    strange = sorted(set(answers) - checklist.names)
    if strange:
        text = _("Version {version} of the checklist {code} has no question {names}. Answer the version that has it.")
        raise DataRejected(
            text.format(version=checklist.version, code=checklist.code, names=", ".join(strange)),
            details={"questions": strange},
        )


def _require_answers(checklist: Checklist, answers: Mapping[str, str]) -> None:
    open_items = [item for item in checklist.items if answers.get(item.name) not in ANSWERS]
    if open_items:
        labels = "; ".join(say(item.label) for item in open_items)
        raise DataRejected(
            _("Not answered: {labels}. Answer each with yes, no or not applicable.", labels=labels),
            details={"items": [item.name for item in open_items]},
        )

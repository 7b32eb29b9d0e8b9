"""A visit as a phone sends it, and what it must be like before anything is asked of the database.

A draft carries a number that the client made, so that it is stored once. One GPS point says where the phone was, never
a track.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from gis.checklists import ANSWERS, PHOTO, Checklist, Judgement, all_checklists, judge
from gis.errors import DataRejected
from gis.intake.firewall import refuse_person_data
from gis.services.numbers import read_number
from gis.services.workspace import today
from gis.texts import _

Channel = Literal["web", "openrosa"]
FEWEST_INSPECTORS: Final = 2
MOST_INSPECTORS: Final = 8
MOST_TEXT: Final = 2000
"""Characters of one answer."""
_HASHED: Final = re.compile(r"[0-9a-f]{64}(\.\w{1,8})?")
"""A name of a file that says nothing: some hashes hold what looks like a telephone number."""


@dataclass(frozen=True)
class Draft:
    """A visit as a phone sends it."""

    id: str
    facility: str
    checklist: str
    version: str
    inspected_on: date
    inspectors: tuple[str, ...]
    """Codes of officers."""
    answers: Mapping[str, str]
    """Field of the checklist -> answer; yes, no or na for an item."""
    photos: Mapping[str, str] = field(default_factory=dict)
    """Field -> name of the file."""
    kept_photos: Mapping[str, str] = field(default_factory=dict)
    """Field -> SHA-256 of a photo that one of the corrected records has."""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    plan: str | None = None
    corrects: tuple[str, ...] = ()
    channel: Channel = "web"


def clean_draft(draft: Draft) -> Draft:
    """The draft with numbers and texts in one form. Raises DataRejected or FirewallRefused."""
    if draft.inspected_on > today():
        raise DataRejected(
            _(
                "{day} is still to come; today is {today}. Record it once it has happened.",
                day=draft.inspected_on.isoformat(),
                today=today().isoformat(),
            )
        )
    people = tuple(dict.fromkeys(code.strip() for code in draft.inspectors if code.strip()))
    if not FEWEST_INSPECTORS <= len(people) <= MOST_INSPECTORS:
        raise DataRejected(
            _(
                "An inspection is made by {least} to {most} inspectors; {number} are named.",
                least=FEWEST_INSPECTORS,
                most=MOST_INSPECTORS,
                number=len(people),
            )
        )
    if (draft.lon is None) != (draft.lat is None):
        raise DataRejected(_("A place has a longitude and a latitude."))
    if draft.lon is not None and draft.lat is not None and not (abs(draft.lon) <= 180 and abs(draft.lat) <= 90):
        raise DataRejected(_("The place {lon}, {lat} is not on the earth.", lon=draft.lon, lat=draft.lat))
    for name, file in draft.photos.items():
        if not _HASHED.fullmatch(file):
            _text(name, file)
    return replace(
        draft,
        id=read_number(draft.id),
        plan=read_number(draft.plan) if draft.plan else None,
        corrects=tuple(dict.fromkeys(read_number(number) for number in draft.corrects)),
        inspectors=people,
        answers={name: text for name, answer in draft.answers.items() if (text := _text(name, answer))},
    )


def _text(name: str, answer: str) -> str:
    answer = answer.strip()
    if len(answer) > MOST_TEXT or "\x00" in answer:
        raise DataRejected(_("{name}: an answer has at most {most} characters.", name=name, most=MOST_TEXT))
    if answer not in ANSWERS:
        refuse_person_data(answer or None, field=name)
    return answer


def judge_draft(draft: Draft) -> tuple[Checklist, Judgement]:
    """The checklist that was answered and what the answers come to. Raises DataRejected."""
    checklist = all_checklists().get((draft.checklist, draft.version))
    if checklist is None:
        text = _("There is no checklist {code} of version {version}.")
        raise DataRejected(text.format(code=draft.checklist[:100], version=draft.version[:100]))
    texts = {question.name for question in checklist.questions if question.type == "text"}
    if strange := sorted(set(draft.answers) & (checklist.names - texts - {item.name for item in checklist.items})):
        raise DataRejected(_("{name} is no answer: it stands beside them in the record.", name=strange[0]))
    judged = judge(checklist, draft.answers)
    failed = {item.name + PHOTO for item in judged.failed}
    if strange := sorted({*draft.photos, *draft.kept_photos} - failed):
        text = _("{field}: a photo goes with an item that failed.")
        raise DataRejected(text.format(field=strange[0][:100]))
    return checklist, judged

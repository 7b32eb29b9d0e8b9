"""Submissions of ODK Collect: a filled-in XForm and its photos become a record of an inspection.

The instanceID is the number of the record, so a submission is stored once however often it comes. One that is too large
for a request comes in several, each with the whole form and some of the photos; all but the last are marked as
incomplete, and their photos wait for it. A submission that corrects another one names it (deprecatedID).
"""

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Final
from uuid import UUID

from gis.checklists import PHOTO, VISIT_FIELDS, Checklist, all_checklists
from gis.errors import DataRejected, NotAllowed, NotFound
from gis.intake.openrosa import Submission, read_day, read_point, read_submission
from gis.roles import Actor, permit
from gis.services.inspections import receipts, waiting_photos
from gis.services.inspections.draft import Draft
from gis.services.inspections.openrosa_forms import from_choice
from gis.services.inspections.record import record
from gis.services.workspace import Workspace
from gis.texts import _

_TURNS: Final = tuple(Lock() for _turn in range(64))


def submit(workspace: Workspace, actor: Actor, form: bytes, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Stores a submission whose photos are here or wait, and returns the receipt of its record.

    Files that no answer names are left out. Raises DataRejected, FirewallRefused, NotFound, NotAllowed.
    """
    _require_writer(actor)
    submission = read_submission(form)
    draft = to_draft(submission)
    named = {name: files[name] for name in draft.photos.values() if name in files}
    with _TURNS[UUID(draft.id).int % len(_TURNS)]:  # a phone that lost patience finds what its first sending stored
        if draft.corrects:
            draft = _keep_photos(workspace, actor, draft, set(named))
        return record(workspace, actor, draft, named)


def submit_part(workspace: Workspace, actor: Actor, form: bytes, files: Mapping[str, bytes]) -> int:
    """Keeps the photos of a part until the last part comes, and returns how many it took. Raises as `submit` does."""
    _require_writer(actor)
    submission = read_submission(form)
    draft = to_draft(submission)
    named = {name: files[name] for name in draft.photos.values() if name in files}
    if not _is_stored(workspace, actor, draft.id):
        for name, content in named.items():
            waiting_photos.put(workspace.settings, actor, draft.id, name, content)
    return len(named)


def to_draft(submission: Submission) -> Draft:
    """The visit that a submission is about. Raises DataRejected, NotFound."""
    checklist = _checklist_of(submission)
    given = dict(submission.answers)
    for name in ("facility", "inspected_on", "inspectors"):
        if name not in given:
            raise DataRejected(_("{name} is missing in the submission.", name=name))
    point = read_point(given["place"], name="place") if "place" in given else None
    photos = {name for name in given if name.endswith(PHOTO)}
    return Draft(
        id=submission.instance,
        facility=given["facility"],
        checklist=checklist.code,
        version=checklist.version,
        inspected_on=read_day(given["inspected_on"], name="inspected_on"),
        inspectors=tuple(from_choice(name) for name in given["inspectors"].split()),
        answers={name: text for name, text in given.items() if name not in photos and name not in VISIT_FIELDS},
        photos={name: given[name] for name in photos},
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        accuracy_m=point.accuracy_m if point else None,
        plan=given.get("plan"),
        corrects=(submission.deprecated,) if submission.deprecated else (),
        channel="openrosa",
    )


def _require_writer(actor: Actor) -> None:
    permit(actor, "inspections.record")
    if actor.read_only:
        raise NotAllowed(_("This token only reads."))


def _checklist_of(submission: Submission) -> Checklist:
    checklist = all_checklists().get((submission.form, submission.version))
    if checklist is None:
        code, version = submission.form[:100], submission.version[:100]
        raise NotFound(_("There is no checklist {code} of version {version}.", code=code, version=version))
    return checklist


def _is_stored(workspace: Workspace, actor: Actor, number: str) -> bool:
    try:
        receipts.of_record(workspace, actor, number)
    except NotFound:
        return False
    return True


def _keep_photos(workspace: Workspace, actor: Actor, draft: Draft, sent: set[str]) -> Draft:
    """The draft, where photos that neither came nor wait are those of the record that it corrects."""
    wanted = set(draft.photos.values()) - sent
    wanted -= set(waiting_photos.take(workspace.settings, actor, draft.id, wanted))
    if not wanted:
        return draft
    try:
        earlier = receipts.of_record(workspace, actor, draft.corrects[0])["photos"]
    except NotFound:
        return draft
    kept = {
        p["field"]: p["sha256"] for p in earlier if p["name"] in wanted and draft.photos.get(p["field"]) == p["name"]
    }
    photos = {name: file for name, file in draft.photos.items() if name not in kept}
    return replace(draft, photos=photos, kept_photos=kept)

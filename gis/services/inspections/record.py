"""Recording an inspection: one visit to one facility by at least two inspectors, stored exactly once.

A *draft* carries a number that the client made (a UUID): however often it is sent, it is stored once and has the same
receipt. A *correction* is a draft that names the records it replaces; nothing is overwritten. Where two people recorded
the same planned visit, or corrected the same record, without knowing of each other, both are kept: the inspection then
has more than one *head*, its outcome stays what it was, and somebody has to settle it with a record that replaces all
heads.

A draft that names no planned visit is of the one visit of a running sweep that its inspectors had to make there, if it
waits: so a visit that was made does not stay open because the form was opened another way.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gis.checklists import Checklist, Judgement
from gis.errors import DataRejected, NotFound
from gis.intake.photos import Photo, clean_photo
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.inspections import findings, receipts, waiting_photos
from gis.services.inspections.draft import Draft, clean_draft, judge_draft
from gis.services.numbers import read_number
from gis.services.scope import sees_facility
from gis.services.workspace import Workspace
from gis.store import inspections, sweeps
from gis.store.engine import Connection
from gis.store.moments import next_moment
from gis.texts import _


def record(
    workspace: Workspace, actor: Actor, draft: Draft, photos: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """Stores a draft and returns its receipt (see `gis.services.inspections.receipts`).

    `photos` maps names of files to contents; those that came in pieces before need not be given again. Raises
    DataRejected for what cannot be (`details["missing"]` names photos that have not arrived), FirewallRefused for
    personal data in an answer, NotFound for a facility that the actor does not answer for.
    """
    permit(actor, "inspections.record")
    draft = clean_draft(draft)
    checklist, judged = judge_draft(draft)
    if draft.photos:  # which need not be here any more, nor be made anew, where the record is
        with workspace.transaction(actor) as connection:
            inspections.narrow_to(connection, draft.facility)
            if (stored := _stored(connection, actor, draft)) is not None:
                return stored
    pictures = _pictures(workspace, actor, draft, photos or {})
    with workspace.transaction(actor) as connection:
        receipt = _store(connection, actor, draft, checklist, judged, pictures)
    waiting_photos.forget(workspace.settings, actor, draft.id)
    return receipt


def settle(workspace: Workspace, actor: Actor, inspection: str, *, keep: str, id: str) -> dict[str, Any]:  # noqa: A002
    """Ends a conflict: the record `keep` becomes the outcome, under a new number that replaces all heads.

    Raises NotFound for a record that is no head of this inspection, DataRejected where there is nothing to settle.
    """
    permit(actor, "inspections.record")
    with workspace.transaction(actor) as connection:
        heads = inspections.find_records(connection, code=inspection, heads=True)
        chosen = next((row for row in heads if row["id"] == keep), None)
        if chosen is not None and not sees_facility(connection, actor, chosen["facility_code"]):
            chosen = None
        pictures = inspections.list_photos(connection, [keep]) if chosen else []
        again = inspections.find_records(connection, ids=[read_number(id)])
    if again:
        return receipts.of_record(workspace, actor, again[0]["id"])
    if chosen is None:
        raise NotFound(_("There is no record {number}.", number=keep[:100]))
    if len(heads) == 1:
        raise DataRejected(_("Nothing is to be settled: there is one record of this inspection."))
    names = ("checklist", "version", "inspected_on", "answers", "lon", "lat", "accuracy_m")
    copy = Draft(
        id=id,
        facility=chosen["facility_code"],
        inspectors=tuple(chosen["inspectors"].split(";")),
        plan=chosen["plan_id"],
        kept_photos={row["field"]: row["sha256"] for row in pictures},
        corrects=tuple(row["id"] for row in heads),
        **{name: chosen[name] for name in names},
    )
    return record(workspace, actor, copy)


def _stored(connection: Connection, actor: Actor, draft: Draft) -> dict[str, Any] | None:
    """The receipt of this very draft where it is stored. Raises DataRejected where its number is another record's."""
    found = inspections.find_records(connection, ids=[draft.id])
    if not found:
        return None
    row, photos = found[0], inspections.list_photos(connection, [draft.id])
    same = (
        row["recorded_by"] == actor.name
        and row["facility_code"] == draft.facility
        and all(row[name] == getattr(draft, name) for name in ("checklist", "version", "inspected_on", "answers"))
        and row["inspectors"] == ";".join(draft.inspectors)
        and row["corrects"] == list(draft.corrects)
        and {p["field"] for p in photos} == {*draft.photos, *draft.kept_photos}
    )
    if not same:
        raise _taken(draft)
    return receipts.build(connection, row)


def _taken(draft: Draft) -> DataRejected:
    return DataRejected(
        _("The number {code} is taken by another record. Nothing was stored.", code=draft.id), details={"taken": True}
    )


def _pictures(
    workspace: Workspace, actor: Actor, draft: Draft, sent: Mapping[str, bytes]
) -> dict[str, tuple[str, Photo]]:
    """Field -> name and photo. Raises DataRejected, naming those that have not arrived."""
    waiting = waiting_photos.take(workspace.settings, actor, draft.id, set(draft.photos.values()) - set(sent))
    have = {**waiting, **sent}
    if missing := sorted(set(draft.photos.values()) - set(have)):
        raise DataRejected(
            _("Photos have not arrived yet: {names}. Send them first.", names=", ".join(missing)),
            details={"missing": missing},
        )
    return {name: (file, clean_photo(have[file], name=file)) for name, file in draft.photos.items()}


def _store(
    connection: Connection,
    actor: Actor,
    draft: Draft,
    checklist: Checklist,
    judged: Judgement,
    pictures: Mapping[str, tuple[str, Photo]],
) -> dict[str, Any]:
    if inspections.find_facility(connection, draft.facility, on=draft.inspected_on) is None:
        raise NotFound(_("No facility {code} on {on}.", code=draft.facility[:100], on=draft.inspected_on.isoformat()))
    inspections.narrow_to(connection, draft.facility)
    _check_people(connection, actor, draft)
    code = _code_of(connection, draft)
    moment = next_moment(connection, datetime.now(UTC), kind="inspections")  # writers take turns from here on
    if visit := _visit_of(connection, draft):
        draft, code = replace(draft, plan=visit), visit
    row = {
        **{name: getattr(draft, name) for name in ("id", "corrects", "checklist", "version", "inspected_on")},
        **{name: getattr(draft, name) for name in ("lon", "lat", "accuracy_m", "answers", "channel")},
        "inspection_code": code,
        "plan_id": draft.plan,
        "facility_code": draft.facility,
        "inspectors": ";".join(draft.inspectors),
        "result": judged.result,
        "recorded_by": actor.name,
        "recorded_at": moment,
    }
    alone = draft.plan is None and not draft.corrects  # then no other record can be of this inspection
    heads = [] if alone else [known["id"] for known in inspections.find_records(connection, code=code, heads=True)]
    if not inspections.add_record(connection, row):
        if (stored := _stored(connection, actor, draft)) is not None:
            return stored
        raise _taken(draft)
    photos = _store_photos(connection, draft, pictures)
    made: list[dict[str, Any]] = []
    if set(heads) <= set(draft.corrects):
        inspections.put_outcome(connection, row, judged.counts, again=bool(heads))
        made = findings.follow(connection, row, checklist, judged)
    receipt = receipts.compose(row, photos, [], made) if alone else receipts.build(connection, row)
    details = {"inspection": code, "sha256": receipt["sha256"], "corrects": list(draft.corrects)}
    verb = "correct" if draft.corrects else "record"
    audit.record(connection, actor, f"inspections.{verb}", draft.facility, details={"record": draft.id, **details})
    return receipt


def _check_people(connection: Connection, actor: Actor, draft: Draft) -> None:
    known = {row["code"] for row in inspections.list_inspectors(connection)}
    if strange := [code for code in draft.inspectors if code not in known]:
        raise DataRejected(
            _("{code} is no inspector. Choose among those on the list.", code=strange[0][:100]),
            details={"inspectors": strange},
        )
    if actor.officer_code not in draft.inspectors:
        raise DataRejected(_("Whoever records an inspection took part in it: name yourself as well."))


def _code_of(connection: Connection, draft: Draft) -> str:
    """The code of the inspection that the draft belongs to. Raises DataRejected."""
    if draft.corrects:
        earlier = inspections.find_records(connection, ids=draft.corrects)
        codes = {row["inspection_code"] for row in earlier if row["facility_code"] == draft.facility}
        if len(earlier) != len(draft.corrects) or len(codes) != 1:
            raise DataRejected(_("A correction names records of one inspection of this facility."))
        if {(row["checklist"], row["version"]) for row in earlier} != {(draft.checklist, draft.version)}:
            raise DataRejected(_("A correction keeps to the checklist of the record that it corrects."))
        return str(codes.pop())
    if draft.plan is None:
        return draft.id
    plans = inspections.find_plans(connection, ids=[draft.plan])
    if not plans or plans[0]["facility_code"] != draft.facility:
        raise DataRejected(_("There is no planned visit {number} to this facility.", number=draft.plan))
    return draft.plan


def _visit_of(connection: Connection, draft: Draft) -> str | None:
    """The planned visit that a draft without one is of: the only one that fits by people, day and checklist."""
    if draft.plan or draft.corrects:
        return None
    waiting = [
        plan["id"]
        for plan in inspections.find_plans(connection, facility=draft.facility, waiting=True)
        if plan["checklist"] == draft.checklist and not set(draft.inspectors).isdisjoint(plan["inspectors"].split(";"))
    ]
    fitting = sweeps.find_running(connection, waiting, on=draft.inspected_on) if waiting else []
    return fitting[0] if len(fitting) == 1 else None


def _store_photos(
    connection: Connection, draft: Draft, pictures: Mapping[str, tuple[str, Photo]]
) -> list[dict[str, Any]]:
    """Stores new photos and those that are kept; the new ones as they stand in a receipt, by field."""
    made = [
        {**vars(photo), "field": name, "name": file, "bytes": len(photo.content)}
        for name, (file, photo) in sorted(pictures.items())
    ]
    for row in made:
        inspections.add_photo(connection, draft.id, row)
    if draft.kept_photos:
        earlier = {(row["field"], row["sha256"]): row for row in inspections.list_photos(connection, draft.corrects)}
        for name, sha256 in draft.kept_photos.items():
            if (name, sha256) not in earlier:
                raise DataRejected(_("{field}: the corrected record has no such photo.", field=name[:100]))
            inspections.copy_photos(connection, earlier[name, sha256]["record_id"], draft.id, [name])
    return made

"""Looking at inspections that were recorded on the spot: a list, one with all its versions, and what a phone needs.

A record's answers are shown by the labels of the version of the checklist that it was made against, in the order of the
form, failed items first. Where an inspection has several heads, the answers in which they differ are marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gis.checklists import NOTE, PHOTO, Checklist, Item, all_checklists, for_kind, latest, say
from gis.errors import NotFound
from gis.roles import Actor, permit
from gis.services import listing
from gis.services.facilities import premises
from gis.services.inspections import receipts
from gis.services.inspections.checklist_words import checklist_title
from gis.services.scope import own, sees_facility, standing
from gis.services.workspace import Workspace, today
from gis.store import inspections
from gis.texts import _

State = Literal["all", "conflict"]


@dataclass(frozen=True)
class Asked:
    """Which inspections are wanted; None picks everything."""

    state: State = "all"
    area: str | None = None
    q: str | None = None
    facility: str | None = None


def list_visits(
    workspace: Workspace, actor: Actor, asked: Asked | None = None, *, limit: int = 50, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the outcomes of inspections recorded on the spot, latest day first, and how many fit."""
    permit(actor, "inspections.read")
    asked = asked or Asked()
    key = (*standing(workspace, actor).key, "visits", asked.facility)

    def read() -> list[dict[str, Any]]:
        with workspace.transaction(actor) as connection:
            found = inspections.list_visits(connection, facility=asked.facility, mine=bool(own(connection, actor)))
        places = premises.survey(workspace, actor).rows
        return [_named(row, places) for row in found]

    fitting = [row for row in workspace.remember(key, read) if _fits(workspace, actor, row, asked)]
    return fitting[offset : offset + limit], len(fitting)


def _named(row: Mapping[str, Any], places: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    place = places.get(row["facility_code"], {})
    return {
        **row,
        "inspectors": (row["inspectors"] or "").split(";"),
        "facility_name": place.get("name"),
        "area": place.get("area"),
        "area_name": place.get("area_name"),
    }


def _fits(workspace: Workspace, actor: Actor, row: Mapping[str, Any], asked: Asked) -> bool:
    if asked.state == "conflict" and row["heads"] < 2:
        return False
    if asked.q and asked.q.casefold() not in f"{row['facility_code']} {row['facility_name'] or ''}".casefold():
        return False
    if asked.area:
        return row["area"] in listing.areas_inside(premises.survey(workspace, actor).tree, asked.area)
    return True


def list_plans(
    workspace: Workspace, actor: Actor, asked: Asked | None = None, *, limit: int = 50, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the planned visits that have not taken place, the earliest day first, and how many fit."""
    permit(actor, "inspections.read")
    asked = asked or Asked()
    with workspace.transaction(actor) as connection:
        mine = bool(own(connection, actor))
        plans = inspections.find_plans(connection, facility=asked.facility, waiting=True, mine=mine)
    places = premises.survey(workspace, actor).rows
    rows = [{**_named(plan, places), "heads": 0, "late": plan["planned_on"] < today()} for plan in plans]
    fitting = [row for row in rows if _fits(workspace, actor, row, Asked(area=asked.area, q=asked.q))]
    return fitting[offset : offset + limit], len(fitting)


def read_visit(workspace: Workspace, actor: Actor, code: str) -> dict[str, Any]:
    """One inspection: `code`, `facility`, `versions` (newest first), `heads`, and `differences` between the heads.

    Raises NotFound.
    """
    permit(actor, "inspections.read")
    with workspace.transaction(actor) as connection:
        rows = inspections.find_records(connection, code=code)
        if not rows or not sees_facility(connection, actor, rows[0]["facility_code"]):
            raise NotFound(_("There is no inspection {code}.", code=code[:100]))
        inspections.narrow_to(connection, rows[0]["facility_code"])
        heads = [row["id"] for row in inspections.find_records(connection, code=code, heads=True)]
        made = {row["id"]: receipts.build(connection, row) for row in rows}
        people = {row["code"]: row["name"] for row in inspections.list_inspectors(connection)}
    differing = _differences([row for row in rows if row["id"] in heads], made)
    versions = [
        {
            **row,
            "head": row["id"] in heads,
            "receipt": made[row["id"]],
            "people": [(person, people.get(person)) for person in row["inspectors"].split(";")],
            "groups": _groups(row, made[row["id"]]["photos"], differing if row["id"] in heads else frozenset()),
        }
        for row in reversed(rows)
    ]
    place = premises.survey(workspace, actor).rows.get(rows[0]["facility_code"])
    return {
        "code": code,
        "facility_code": rows[0]["facility_code"],
        "facility_name": place["name"] if place else None,
        "title": checklist_title(rows[0]["checklist"], rows[0]["version"]),
        "versions": versions,
        "heads": [version for version in versions if version["head"]],
        "differing": differing,
    }


def checklist_choices(kind: str | None) -> list[tuple[str, str]]:
    """Code and title of each checklist: those for this kind of facility first."""
    fitting = [checklist.code for checklist in for_kind(kind or "")]
    order = [*fitting, *(code for code in latest() if code not in fitting)]
    return [(code, say(latest()[code].title)) for code in order]


def _differences(heads: Sequence[Mapping[str, Any]], made: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Fields in which the heads do not agree: answers, photos, and the day, inspectors and place of the visit."""
    if len(heads) < 2:
        return frozenset()
    seen: dict[str, set[str]] = {}
    names = {name for head in heads for name in head["answers"]}
    names |= {photo["field"] for head in heads for photo in made[head["id"]]["photos"]}
    for head in heads:
        pictures = {photo["field"]: photo["sha256"] for photo in made[head["id"]]["photos"]}
        for name in names:
            seen.setdefault(name, set()).add(head["answers"].get(name) or pictures.get(name) or "")
        for name in ("inspected_on", "inspectors", "result"):
            seen.setdefault(name, set()).add(str(head[name]))
    return frozenset(name for name, values in seen.items() if len(values) > 1)


def _groups(
    row: Mapping[str, Any], photos: Sequence[Mapping[str, Any]], differing: frozenset[str]
) -> list[dict[str, Any]]:
    """`label` and `answers` of each group of the checklist that has any; failed items first, then in order."""
    checklist = all_checklists().get((row["checklist"], row["version"]))
    if checklist is None:
        lines = [_line(name, name, answer, differing) for name, answer in row["answers"].items()]
        return [{"label": row["checklist"], "answers": lines}]
    pictures = {photo["field"]: photo for photo in photos}
    found: list[dict[str, Any]] = []
    for name, label in [*((group.name, say(group.label)) for group in checklist.groups), (None, _("Remarks"))]:
        lines = _lines_of(checklist, name, row["answers"], pictures, differing)
        if lines:
            found.append({"label": label, "answers": sorted(lines, key=lambda line: not line["failed"])})
    return found


def _lines_of(
    checklist: Checklist,
    group: str | None,
    answers: Mapping[str, str],
    pictures: Mapping[str, Mapping[str, Any]],
    differing: frozenset[str],
) -> list[dict[str, Any]]:
    lines = []
    for field in checklist.fields:
        if field.group != group or field.name not in answers:
            continue
        if isinstance(field, Item):
            line = _line(field.name, say(field.label), answers[field.name], differing)
            line["answer"] = say(checklist.choices[answers[field.name]])
            line |= {"failed": answers[field.name] == "no", "severity": field.severity, "basis": field.legal_basis}
            line |= {"note": answers.get(field.name + NOTE), "photo": pictures.get(field.name + PHOTO)}
            line["differs"] = bool(differing & {field.name, field.name + NOTE, field.name + PHOTO})
            lines.append(line)
        elif field.about is None:
            lines.append(_line(field.name, say(field.label), answers[field.name], differing))
    return lines


def _line(name: str, label: str, answer: str, differing: frozenset[str]) -> dict[str, Any]:
    empty: dict[str, Any] = {"severity": None, "basis": None, "note": None, "photo": None}
    return {"name": name, "label": label, "answer": answer, "failed": False, "differs": name in differing, **empty}


def read_photo(workspace: Workspace, actor: Actor, sha256: str) -> tuple[str, bytes]:
    """Media type and content of a photo of a record that the actor sees. Raises NotFound."""
    permit(actor, "inspections.read")
    with workspace.transaction(actor) as connection:
        places = inspections.places_of_photo(connection, sha256)
        seen = any(sees_facility(connection, actor, place) for place in places)
        found = inspections.read_photo(connection, sha256) if seen else None
    if found is None:
        raise NotFound(_("There is no such photo."))
    return found


def read_place(workspace: Workspace, actor: Actor, code: str) -> dict[str, Any]:
    """code, name, kind, ... of a facility that the actor answers for today. Raises NotFound."""
    permit(actor, "inspections.read")
    place = premises.survey(workspace, actor).rows.get(code)
    if place is None:
        raise NotFound(_("No facility {code} on {on}.", code=code[:100], on=today()))
    return place


def area_choices(workspace: Workspace, actor: Actor, chosen: str | None) -> list[dict[str, Any]]:
    """code, name, depth of the areas of a filter."""
    areas = premises.survey(workspace, actor).areas
    return listing.area_choices(areas, workspace.settings.levels, chosen=chosen)

"""What a phone takes along: checklists, inspectors, the own facilities and the visits to be made, as small JSON.

A facility is a list `[code, name, kind, address, area]`; kind and area are positions in lists of their names. Labels
are in all languages, since the phone may change its language where there is no signal.
"""

from datetime import UTC, datetime
from typing import Any

from gis.checklists import VISIT_FIELDS, Checklist, Item, Question, all_checklists, latest
from gis.roles import Actor, permit
from gis.services.facilities import premises
from gis.services.inspections import findings
from gis.services.inspections import plans as inspection_plans
from gis.services.scope import standing
from gis.services.workspace import Workspace


def read_phone_data(workspace: Workspace, actor: Actor) -> dict[str, Any]:
    """`{"account", "officer", "made", "checklists", "inspectors", "kinds", "areas", "facilities", "tasks"}`."""
    permit(actor, "inspections.record")
    found = premises.survey(workspace, actor)
    key = (*standing(workspace, actor).register_key, "phone", found.on)
    places = workspace.remember(key, lambda: _places(found))
    newest = latest()
    return {
        "account": actor.name,
        "officer": actor.officer_code,
        "made": datetime.now(UTC).isoformat(timespec="minutes"),
        "checklists": [
            {**_checklist(one), "latest": newest[one.code].version == one.version} for one in all_checklists().values()
        ],
        "inspectors": [
            [person["code"], person["name"], person["department"]]
            for person in inspection_plans.list_inspectors(workspace, actor)
        ],
        **places,
        "tasks": [_task(task) for task in findings.list_tasks(workspace, actor)],
    }


def _places(found: premises.Premises) -> dict[str, Any]:
    rows = found.rows.values()
    kinds = sorted({row["kind"] for row in rows if row["kind"]})
    areas = sorted({row["area_name"] for row in rows if row["area_name"]})
    kind, area = ({name: at for at, name in enumerate(names)} for names in (kinds, areas))
    facilities = [
        [row["code"], row["name"], kind.get(row["kind"]), row["address"], area.get(row["area_name"])] for row in rows
    ]
    return {"kinds": kinds, "areas": areas, "facilities": facilities}


def _checklist(one: Checklist) -> dict[str, Any]:
    return {
        "code": one.code,
        "version": one.version,
        "title": dict(one.title),
        "kinds": list(one.kinds),
        "groups": [{"name": group.name, "label": dict(group.label)} for group in one.groups],
        "fields": [_field(field) for field in one.fields if field.name not in VISIT_FIELDS],
        "choices": {answer: dict(label) for answer, label in one.choices.items()},
    }


def _field(field: Item | Question) -> dict[str, Any]:
    shared = {"name": field.name, "label": dict(field.label), "hint": dict(field.hint), "group": field.group}
    if isinstance(field, Item):
        return {**shared, "item": True, "severity": field.severity, "legal_basis": field.legal_basis}
    return {**shared, "type": field.type, "about": field.about, "required": field.required}


def _task(task: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: task[name] for name in ("facility", "kind", "checklist", "inspectors", "plan")},
        "name": task["facility_name"] if isinstance(task["facility_name"], str) else None,
        "on": task["on"].isoformat(),
        "findings": len(task["findings"]),
    }

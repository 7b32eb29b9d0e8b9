"""What the inspectors of the demo district have recorded lately: so that nobody meets empty lists.

Days count back from today, and numbers are made from them, so that the same day makes the same records once.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from gis.checklists import NOTE, Checklist, for_kind
from gis.roles import Actor
from gis.services.facilities import premises
from gis.services.inspections import findings
from gis.services.inspections.draft import Draft
from gis.services.inspections.plans import plan
from gis.services.inspections.record import record
from gis.services.workspace import Workspace, today
from gis.store import accounts, inspections

INSPECTORS: Final = ("inspector", "inspector2")
"""Accounts; the second one answers for less than the first."""
VISITS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (75, ("minor",)),
    (46, ("serious", "clerical")),
    (33, ()),
    (21, ("critical",)),
    (12, ("minor", "clerical")),
    (5, ("serious",)),
    (3, ()),
)
"""So many days ago, and the severities of the items that failed, one facility after the other."""
NOTES: Final = {
    "clerical": "登记簿未及时更新",
    "minor": "公示内容不全",
    "serious": "现场与登记不符",
    "critical": "不符合许可要求",
}
_SPACE: Final = UUID("0c9a4c6e-6f1d-5f5e-8a43-2b1c7d1f0a55")


def add_demo_inspections(workspace: Workspace, *, inspectors: tuple[str, str] = INSPECTORS) -> int:
    """Records the visits where these inspectors have accounts and nothing is recorded yet; how many."""
    with workspace.owner_transaction() as connection:
        known = {found.name: found for found in accounts.list_all(connection) if found.disabled is None}
        if not set(inspectors) <= set(known) or inspections.has_records(connection):
            return 0
    first, second = (Actor("inspector", name, known[name].officer_code, known[name].id) for name in inspectors)
    rows = [row for row in premises.survey(workspace, second).rows.values() if for_kind(row["kind"] or "")]
    people = tuple(str(actor.officer_code) for actor in (first, second))
    done = [
        (row["code"], _visit(workspace, first, row["code"], for_kind(row["kind"])[0], days, failed, people))
        for row, (days, failed) in zip(rows, VISITS, strict=False)
    ]
    _follow_up(workspace, first, people, [code for code, _receipt in done])
    return len(done)


def _visit(
    workspace: Workspace,
    actor: Actor,
    facility: str,
    checklist: Checklist,
    days: int,
    failed: Sequence[str],
    people: tuple[str, ...],
) -> dict[str, object]:
    day = today() - timedelta(days=days)
    wrong: dict[str, str] = {}
    for severity in failed:
        item = next((item for item in checklist.items if item.severity == severity), None)
        if item is not None:
            wrong |= {item.name: "no", item.name + NOTE: NOTES[severity]}
    draft = Draft(
        id=str(uuid5(_SPACE, f"{facility}/{day}")),
        facility=facility,
        checklist=checklist.code,
        version=checklist.version,
        inspected_on=day,
        inspectors=people,
        answers={item.name: "yes" for item in checklist.items} | wrong,
    )
    return record(workspace, actor, draft)


def _follow_up(workspace: Workspace, actor: Actor, people: tuple[str, ...], facilities: Sequence[str]) -> None:
    """One finding is said to be put right, so that a re-inspection waits; one visit is planned for next week."""
    rows, _total = findings.list_findings(workspace, actor, limit=None)
    if rows:
        findings.decide(workspace, actor, rows[0]["id"], "rectified", note="机构报告已整改")
    if facilities:
        code, day = facilities[-1], today() + timedelta(days=7)
        kind = premises.survey(workspace, actor).rows[code]["kind"]
        number = str(uuid5(_SPACE, f"plan/{code}/{day}"))
        plan(
            workspace,
            actor,
            id=number,
            facility=code,
            checklist=for_kind(kind)[0].code,
            planned_on=day,
            inspectors=people,
        )

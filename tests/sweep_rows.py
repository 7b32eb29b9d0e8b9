"""A sweep that stands in the store without having been published: one visit of one team, and its plan."""

import hashlib
from datetime import date
from uuid import UUID, uuid5

import sqlalchemy as sa

from gis.analysis.sweeps.problem import Bound, Place, Plan, Route, Shift, Stop, Unvisited, Visit
from gis.services.sweeps.document import Sweep
from gis.services.sweeps.published import write_document

DAY = date(2026, 5, 1)
_STEPS = (
    """INSERT INTO inspection_plan (id, facility_code, checklist, planned_on, inspectors, planned_by, planned_at)
       VALUES (:plan, :facility, 'clinic', :day, :people, :by, '2026-04-01')""",
    "INSERT INTO inspection_plan_end VALUES (:plan, :text, :by, '2026-05-02')",
    "INSERT INTO sweep VALUES (:sweep, :text, :day, 2, :by, '2026-04-01')",
    "INSERT INTO sweep_revision VALUES (:sweep, 1, :sha256, :by, '2026-04-01')",
    "INSERT INTO sweep_plan VALUES (:sweep, 1, :content, ARRAY[CAST(:facility AS text)])",
    "INSERT INTO sweep_visit VALUES (:sweep, 1, :facility, :team, :day, 600, 645, :plan)",
)


def insert_sweep(
    connection: sa.Connection,
    sweep: str,
    facility: str,
    *,
    text: str = "检查",
    people: tuple[str, ...] = ("L10", "L11"),
    by: str = "chief",
    ended: bool = True,
) -> None:
    """Its visit was given up; `text` stands wherever a text may stand."""
    team = text if text.isprintable() else "甲"
    content = write_document(_plan(facility, team, text, people))
    row = {
        **{"sweep": sweep, "facility": facility, "text": text, "team": team, "by": by, "day": DAY, "content": content},
        **{"plan": str(uuid5(UUID(sweep), "plan")), "people": ";".join(people)},
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    for step in _STEPS:
        connection.execute(sa.text(step), row)
    if ended:
        connection.execute(sa.text("INSERT INTO sweep_end VALUES (:sweep, 'closed', :text, :by, '2026-05-03')"), row)


def _plan(facility: str, team: str, text: str, people: tuple[str, ...]) -> Sweep:
    home = Place(text, 120.0, 28.0)
    visit = Visit(facility, team, DAY, 600, 645, travel=10, km=2.5)
    stop = Stop(facility, text, 120.005, 28.015, 45, {DAY: ((0, 1440),)}, must=True, kind=text, address=text)
    return Sweep(
        plan=Plan(
            (Route(team, DAY, (visit,), 590, 660, 70, 5.0),),
            (Unvisited(facility, "no-hours", text),),
            70.0,
            Bound(60.0, "work"),
        ),
        stops=(stop,),
        shifts=(Shift(team, DAY, home, home, 510, 1050),),
        people={team: people},
        first=DAY,
        days=2,
        seed="seed",
        mode="drive",
        straight_line=True,
        balance=0.5,
    )

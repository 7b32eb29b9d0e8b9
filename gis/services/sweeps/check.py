"""Whether the visits of a plan can become planned inspections: by whom, of which premises, against which checklist.

Whoever goes must have an account, and somebody of the team must answer for the premises: else the visit would stand in
nobody's list. Names, kinds and points are those of the register, whatever the plan says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.sweeps.problem import Stop, Team
from gis.checklists import for_kind
from gis.errors import DataRejected
from gis.intake.firewall import refuse_person_data
from gis.roles import Actor
from gis.services.inspections.draft import MOST_INSPECTORS
from gis.services.register import own_table
from gis.services.sweeps.document import Sweep, texts_of
from gis.services.sweeps.fit import Fit
from gis.services.workspace import Workspace, today
from gis.store import inspections, sweeps
from gis.texts import _

MOST_NAMED: Final = 10
"""Problems that a message names."""


@dataclass(frozen=True)
class Staff:
    """Who may go where."""

    known: frozenset[str]
    """Codes of the officers who may go along."""
    reach: Mapping[str, frozenset[str]]
    """Officer -> facilities that somebody with an account of theirs answers for."""

    def able(self, people: Sequence[str]) -> frozenset[str]:
        """The facilities that a team may go to."""
        return frozenset[str]().union(*(self.reach[person] for person in people))


def find_staff(workspace: Workspace, actor: Actor, people: Sequence[str]) -> Staff:
    """The same for these officers, as far as the actor sees the facilities."""
    with workspace.transaction(actor) as connection:
        known = frozenset(person["code"] for person in inspections.list_inspectors(connection))
        reach = {
            code: sweeps.facilities_of_officer(connection, code) for code in dict.fromkeys(people) if code in known
        }
    return Staff(known, {code: reach.get(code, frozenset()) for code in people})


def find_fit(workspace: Workspace, actor: Actor, teams: Sequence[Team], on: date) -> Fit:
    """Which of the teams may go where, for a plan to be published. Raises DataRejected for who has no account."""
    staff = find_staff(workspace, actor, [person for team in teams for person in team.inspectors])
    if problems := _strangers({team.code: team.inspectors for team in teams}, staff):
        raise _refusal(problems)
    able = {team.code: staff.able(team.inspectors) for team in teams}
    facilities = in_force(own_table(workspace, actor, "facilities"), on)
    rows = list(zip(facilities["code"], facilities["kind"], strict=True))
    return Fit(
        {code: frozenset(team for team, codes in able.items() if code in codes) for code, _kind in rows},
        {code: "no-checklist" for code, kind in rows if not for_kind(_text(kind) or "")},
    )


def check_sweep(workspace: Workspace, actor: Actor, sweep: Sweep) -> tuple[Sweep, dict[str, str]]:
    """The plan with what the register says, and facility -> checklist. Raises DataRejected, FirewallRefused."""
    for text in texts_of(sweep):
        refuse_person_data(text, field="plan")
    register = Register(own_table(workspace, actor, "facilities"), sweep.first)
    waiting = [visit for visit in sweep.plan.visits if not visit.done]
    staff = find_staff(workspace, actor, [p for people in sweep.people.values() for p in people])
    able = {team: staff.able(people) for team, people in sweep.people.items()}
    problems, lists = _strangers(sweep.people, staff), dict[str, str]()
    for code in sorted(facilities_of(sweep) - register.known):
        problems.append(_("No facility {code} among those that you answer for.", code=code[:100]))
    for visit in waiting:
        if visit.facility not in register.known:
            continue
        kind = register.kind(visit.facility)
        fitting = for_kind(kind or "")
        if not fitting:
            text = _("{code}: there is no checklist for the kind {kind}.", code=visit.facility, kind=kind or "-")
            problems.append(text)
        elif visit.facility not in able[visit.team] and set(sweep.people[visit.team]) <= staff.known:
            text = _("{code}: nobody of team {team} answers for it.", code=visit.facility, team=visit.team)
            problems.append(text)
        else:
            lists[visit.facility] = fitting[0].code
    if early := [visit.day for visit in waiting if visit.day < today()]:
        problems.append(_("{day} is over. Plan a visit for today or later.", day=min(early).isoformat()))
    if problems:
        raise _refusal(problems)
    return replace(sweep, stops=tuple(register.dress(stop) for stop in sweep.stops)), lists


def facilities_of(sweep: Sweep) -> frozenset[str]:
    """Codes of all facilities that a plan names."""
    named = {reason.facility for reason in sweep.plan.unvisited} | {visit.facility for visit in sweep.plan.visits}
    return frozenset({stop.code for stop in sweep.stops} | named)


@dataclass(frozen=True)
class Register:
    """The facilities of the actor, all periods; what is in force on the first day of a sweep comes first."""

    frame: pd.DataFrame
    on: date

    @cached_property
    def known(self) -> frozenset[str]:
        """Codes of all of them, of any period."""
        return frozenset(self.frame["code"])

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Those in force, by code."""
        now = in_force(self.frame, self.on)
        return {str(row["code"]): dict(row) for _index, row in now.iterrows()}

    def kind(self, code: str) -> str | None:
        """Kind of a facility in force."""
        return _text(self.rows.get(code, {}).get("kind"))

    def dress(self, stop: Stop) -> Stop:
        """The stop with name, kind, address and point of the register."""
        row = self.rows.get(stop.code)
        if row is None:
            return replace(stop, name=stop.code, kind=None, address=None)
        point = row["geometry"]
        lon, lat = (stop.lon, stop.lat) if point is None or point.is_empty else (float(point.x), float(point.y))
        name = _text(row["name"]) or stop.code
        return replace(stop, name=name, kind=_text(row["kind"]), address=_text(row["address"]), lon=lon, lat=lat)


def _strangers(teams: Mapping[str, Sequence[str]], staff: Staff) -> list[str]:
    problems = []
    for team, people in teams.items():
        for code in people:
            if code not in staff.known:
                problems.append(_("Team {team}: {code} has no account of an inspector.", team=team, code=code[:100]))
        if len(set(people)) > MOST_INSPECTORS:
            problems.append(_("Team {team}: at most {most} inspectors go together.", team=team, most=MOST_INSPECTORS))
    return problems


def _refusal(problems: Sequence[str]) -> DataRejected:
    named = list(dict.fromkeys(problems))
    more = [_("{count} more.", count=len(named) - MOST_NAMED)] if len(named) > MOST_NAMED else []
    text = _("Nothing was published.")
    return DataRejected(" ".join([*named[:MOST_NAMED], *more, text]), details={"problems": named[:100]})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None

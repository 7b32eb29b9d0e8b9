"""The words of the pages of sweeps, and what the services say of a sweep, made ready for a template."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from api.pages import link
from api.words.inspections import RESULTS
from gis.roles import PERMITTED
from gis.services.accounts.sessions import SignedIn
from gis.services.inspections.checklist_words import checklist_title
from gis.services.sweeps.view import VISIT_STATES
from gis.tables import SEVERITIES, SEVERITY_NAMES
from gis.texts import N_, _

Row = Mapping[str, Any]

LIST: Final[Mapping[str, str]] = {
    "new": N_("New sweep"),
    "nothing": N_("There is no sweep that you have a part in."),
    "by": N_("Published by"),
    "lead": N_(
        "Visits of several teams over several days. Each visit stands in the list of the inspectors who make it."
    ),
}
NEW: Final[Mapping[str, str]] = {
    "back": N_("All sweeps"),
    "lead": N_(
        "The plan is shown before anything is stored. Once you publish it, every visit becomes a planned inspection in "
        "the lists of the team's inspectors. It can be planned anew during the day, and withdrawn while nothing was "
        "inspected."
    ),
    "title": N_("Name of the sweep"),
    "here": N_("Plan it here"),
    "what": N_("What is visited"),
    "draw": N_("Of a draw: everything that it drew"),
    "no_draw": N_("No draw"),
    "proof": N_("Or the proof file of a draw"),
    "ranked": N_("First ranks of the ranking, as far as it is worth the time"),
    "due": N_("The most pressing of what is due, as far as it is worth the time"),
    "narrowed": N_("Ranks and what is due are those of the list that you came from:"),
    "when": N_("When"),
    "first": N_("First day"),
    "days": N_("Days"),
    "who": N_("Who goes"),
    "teams": N_("File of the teams (TOML)"),
    "teams_text": N_("Or the teams as text, where no file is chosen"),
    "keep_proof": N_("Keep the proof file that was chosen before"),
    "example": N_("What such a file looks like"),
    "mode": N_("How the teams travel"),
    "drive": N_("By car"),
    "walk": N_("On foot"),
    "seed": N_("Seed"),
    "seed_hint": N_(
        "Decides ties and days, so that nobody outside can foretell the order. Leave it or write your own."
    ),
    "seconds": N_("Seconds of planning, 30 at most"),
    "seconds_hint": N_("This page waits for so long after you press the button. For longer, use wangge sweep plan."),
    "plan": N_("Plan and show"),
    "planning": N_("Planning; this takes as many seconds as you chose."),
    "from_file": N_("Publish a plan's file"),
    "from_file_lead": N_("The JSON that wangge sweep plan wrote."),
    "file": N_("Plan (JSON)"),
    "publish": N_("Publish"),
    "cancel": N_("Cancel"),
}
PLAN: Final[Mapping[str, str]] = {
    "map": N_("Map of the sweep"),
    "straight": N_("No road network is loaded: times are those of straight lines with a detour factor."),
    "team_days": N_("Days of the teams"),
    "team": N_("Team"),
    "day": N_("Day"),
    "visits": N_("Visits"),
    "day_hours": N_("Hours"),
    "day_km": N_("km"),
    "from_until": N_("Out and back"),
    "total": N_("Total"),
    "timetable": N_("Time-table"),
    "time": N_("Time"),
    "facility": N_("Facility"),
    "checklist": N_("Checklist"),
    "state": N_("State"),
    "record": N_("Record"),
    "see": N_("See the inspection"),
    "none_left": N_("No visit of yours is in the plan any more."),
    "unvisited": N_("Not visited"),
}
"""What is said of a plan, published or not."""
PREVIEW: Final[Mapping[str, str]] = {
    **PLAN,
    "none_left": N_("None of the facilities can be visited. Change the teams, the days or what is visited."),
    "lead": N_("Nothing is stored yet, and no inspector sees it. Look at the plan, then publish it or change it."),
    "visits_planned": N_("Visits planned"),
    "unplanned": N_("Not in the plan"),
    "publish": N_("Publish"),
    "change": N_("Change"),
    "take": N_("Take the plan along (JSON)"),
    "what": N_("What to do with the plan"),
}
WHOLE: Final[Mapping[str, str]] = {
    "days": N_("Days"),
    "seconds": N_("Seconds of planning"),
    "ranked": N_("First ranks"),
    "due": N_("What is due"),
}
"""Fields of whole numbers, for messages."""
COUNTS: Final[Mapping[str, str]] = {
    "planned": N_("Visits planned"),
    "done": N_("Inspected"),
    "open": N_("Still to be made"),
    "late": N_("Late"),
    "given_up": N_("Given up"),
}
ONE: Final[Mapping[str, str]] = {
    **COUNTS,
    **PLAN,
    "back": N_("All sweeps"),
    "by": N_("Published by"),
    "progress": N_("Progress"),
    "unplanned": N_("Not in the plan"),
    "team": N_("Team"),
    "coverage": N_("Coverage gained"),
    "before": N_("Within the interval before the sweep"),
    "now": N_("Within the interval now"),
    "if_all_done": N_("If all open visits are made"),
    "gained": N_("Brought within it by this sweep"),
    "cost": N_("Cost of a visit"),
    "cost_hint": N_("Planned work of the team days that have begun, over the visits made so far."),
    "hours": N_("Hours of a team for each visit made"),
    "km": N_("Kilometres for each visit made"),
    "money": N_("Money for each visit made"),
    "all_work": N_("Of the whole plan"),
    "files": N_("Take the plan along"),
    "sheets": N_("Route sheets to print"),
    "reason": N_("Reason"),
    "change": N_("Change the sweep"),
    "replan": N_("Plan the rest anew"),
    "replan_lead": N_(
        "Inspections that were recorded stay. Mark what can no longer be visited and who no longer goes."
    ),
    "closed": N_("Found closed"),
    "lost": N_("Teams that work no more"),
    "seconds": N_("Seconds of planning, 30 at most"),
    "planning": N_("Planning; this takes as many seconds as you chose."),
    "close": N_("Close the sweep"),
    "close_lead": N_("Visits that were not made are given up."),
    "withdraw": N_("Withdraw the sweep"),
    "withdraw_lead": N_("Only while nothing was inspected. All planned inspections are given up."),
    "reason_optional": N_("Reason, if there is one"),
    "report": N_("What came of it"),
    "part": N_("You see the visits to premises that you answer for."),
}
REPORT: Final[Mapping[str, str]] = {
    **COUNTS,
    "back": N_("The sweep"),
    "visits": N_("Visits"),
    "results": N_("Results"),
    **RESULTS,
    "findings": N_("Findings"),
    "severity": N_("Severity"),
    "found": N_("Findings made"),
    "rectified": N_("Said to be put right"),
    "put_right": N_("Seen to be put right"),
    "escalated": N_("Escalated"),
    "not_right": N_("Not put right yet"),
    "again": N_("Earlier findings looked at again"),
    "again_right": N_("Of these put right"),
    "not_done": N_("Not done"),
    "facility": N_("Facility"),
    "team": N_("Team"),
    "day": N_("Day"),
    "reason": N_("Reason"),
    "unvisited": N_("Not in the plan"),
    "coverage": N_("Coverage gained"),
    "before": N_("Within the interval before the sweep"),
    "now": N_("Within the interval now"),
    "gained": N_("Brought within it by this sweep"),
    "all_done": N_("Every planned visit was made."),
}


def sweep_link(me: SignedIn, asked: Mapping[str, object]) -> str | None:
    """The address of the form of a new sweep that is filled in; None for who may not publish one."""
    return link("/sweeps/new", asked) if me.actor.role in PERMITTED["sweeps.publish"] else None


def list_row(row: Row) -> dict[str, Any]:
    """A sweep for a list."""
    return {**row, "published_at": _moment(row["published_at"]), "revised_at": _moment(row["revised_at"])}


def plan_number(number: int) -> str:
    """Which of the plans of a sweep it is."""
    return _("Plan number {number}", number=number)


def days_of(visits: Sequence[Row]) -> list[dict[str, Any]]:
    """The time-table: `day`, `team`, `people` and `visits` of each team and day."""
    found = []
    for (day, team), rows in groupby(visits, key=lambda visit: (visit["day"], visit["team"])):
        own = [{**row, "title": checklist_title(row["checklist"])} for row in rows]
        found.append({"day": day, "team": team, "people": own[0]["inspectors"], "visits": own})
    return found


def team_days(routes: Sequence[Row]) -> list[dict[str, Any]]:
    """The days of the teams with their work, and the total of all as the last row."""
    rows = [{**route, "hours": _amount(route["minutes"] / 60), "km": _amount(route["km"])} for route in routes]
    whole = {name: sum(route[name] for route in routes) for name in ("visits", "minutes", "km")}
    total = {"visits": whole["visits"], "hours": _amount(whole["minutes"] / 60), "km": _amount(whole["km"])}
    return [*rows, total]


def worth_of(plan: Row) -> str:
    """How good the plan is."""
    return _(
        "Cost {objective} minutes; at most {gap} of it above the best there can be.",
        objective=f"{plan['objective']:,.0f}",
        gap=f"{plan['bound_gap']:.1%}",
    )


def coverage_lines(coverage: Row, *, ahead: bool) -> list[tuple[str, str, str]]:
    """Key, share and counts of each line of the coverage."""
    names = ("before", "now", "if_all_done") if ahead else ("before", "now")
    return [(name, *_share(coverage[name])) for name in names]


def cost_lines(cost: Row) -> list[tuple[str, str]]:
    """Key and amount of each line of the cost."""
    each, money = cost["per_visit"], cost["money"]
    lines = [("hours", _amount(each["hours"])), ("km", _amount(each["km"]))]
    if money:
        lines.append(("money", f"{_amount(money['per_visit'])} {money['currency']}"))
    whole = _("{hours} hours, {km} km", hours=_amount(cost["planned"]["hours"]), km=_amount(cost["planned"]["km"]))
    return [*lines, ("all_work", whole)]


def finding_rows(findings: Row) -> list[dict[str, Any]]:
    """The findings by severity, the gravest first."""
    return [{"severity": _(SEVERITY_NAMES[name]), **findings[name]} for name in reversed(SEVERITIES)]


def state_names() -> dict[str, str]:
    """What a visit's states are called."""
    return {state: _(name) for state, name in VISIT_STATES.items()}


def _share(row: Row) -> tuple[str, str]:
    share = "–" if row["share"] is None else f"{row['share']:.1%}"
    return share, _("{within} of {registered}", within=f"{row['within']:,}", registered=f"{row['registered']:,}")


def _amount(number: float | None) -> str:
    return "–" if number is None else f"{number:,.1f}"


def _moment(text: str | None) -> str | None:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M") if text else None

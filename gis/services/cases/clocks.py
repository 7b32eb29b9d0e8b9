"""Where a case is on a day: its state, the clocks that run, and who makes the next step.

A **clock** runs from the day of a step (`day`), which is the day it is recorded unless the step says another. Its last
day (`due_on`) is stored with the step; one that was not known then is asked of the policy again, and stays None while
it is not known. Clocks of the **authority** (decision, service, closure) make a case overdue; those of the **facility**
(reply, appeal) end a right, and time goes on without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from gis.policies import CasePolicy, ClockName
from gis.rules import CASE, next_states, require_transition

OF_FACILITY: Final[frozenset[ClockName]] = frozenset({"reply", "appeal"})
UNDECIDED: Final = ("opened", "noticed", "replied", "reply-lapsed", "reviewed")
STARTS: Final[Mapping[str, ClockName]] = {
    "opened": "decision",
    "noticed": "reply",
    "decided": "service",
    "served": "appeal",
    "appeal-decided": "closure",
}
"""State -> the clock that its step starts."""
FINAL: Final = ("closed", "dropped")


@dataclass(frozen=True)
class Running:
    """A clock that runs on the day."""

    clock: ClockName
    since: date
    due_on: date | None
    """Its last day; None where the calendar of that year is not known."""
    over: bool

    def to_json(self) -> dict[str, Any]:
        """As it stands in answers."""
        return {
            "clock": self.clock,
            "since": self.since.isoformat(),
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "over": self.over,
        }


@dataclass(frozen=True)
class Stand:
    """Where a case is."""

    state: str
    clocks: tuple[Running, ...]

    @property
    def overdue(self) -> bool:
        """Whether a clock of the authority is over."""
        return any(running.over for running in self.clocks if running.clock not in OF_FACILITY)

    def running(self, clock: ClockName) -> Running | None:
        """The clock of this name, where it runs."""
        return next((running for running in self.clocks if running.clock == clock), None)


def day_of(event: Mapping[str, Any]) -> date:
    """The day of a step: the one it names, or that of its record."""
    named = event["details"].get("day")
    at: datetime = event["done_at"]
    return date.fromisoformat(named) if named else at.astimezone().date()


def due_of(event: Mapping[str, Any], policy: CasePolicy) -> date | None:
    """The last day of the clock that a step started."""
    due: date | None = event["due_on"]
    clock = STARTS.get(event["state"])
    return due if due is not None or clock is None else policy.due(clock, day_of(event))


def stand_of(row: Mapping[str, Any], policy: CasePolicy, on: date) -> Stand:
    """Where a case is on a day, from its row with its last step and the end of the decision clock (`case_now`)."""
    state: str = row["state"]
    if state in FINAL:
        return Stand(state, ())
    since = day_of(row)
    due = due_of(row, policy)
    lapsed = due is not None and due < on
    if state in UNDECIDED:
        opened = row["opened_at"].astimezone().date()
        decision = _run("decision", opened, row["decision_due_on"] or policy.due("decision", opened), on)
        waits = state == "noticed" and not lapsed
        clocks = (_run("reply", since, due, on), decision) if waits else (decision,)
        return Stand("reply-lapsed" if state == "noticed" and lapsed else state, clocks)
    if state == "served" and due is not None and lapsed:
        return Stand(state, (_run("closure", due, policy.due("closure", due), on),))
    clock = STARTS.get(state)
    return Stand(state, (_run(clock, since, due, on),) if clock else ())


def _run(clock: ClockName, since: date, due: date | None, on: date) -> Running:
    return Running(clock, since, due, due is not None and due < on)


def next_steps(row: Mapping[str, Any], state: str) -> list[tuple[str, str, str]]:
    """The steps that somebody can make from a state: the next state, the part that makes it, and that account."""
    steps = []
    for end in next_states(CASE, state):
        part = require_transition(CASE, state, end).condition
        if require_transition(CASE, state, end).roles and part:
            keeper = "investigator" if part == "facility" else part
            steps.append((end, part, str(row[keeper])))
    return steps

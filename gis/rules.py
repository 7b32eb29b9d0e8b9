"""State machines as data: which states a thing of the domain goes through, and who may take it from one to the next.

A *machine* is a list of states and of *transitions* between them. A transition says which roles may make it and names
the *condition* that must hold beside that. One that no role makes comes about by itself: its condition names the day on
which it does. What a condition means is the matter of whoever asks; here it is a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gis.errors import NotAllowed, UsageError
from gis.roles import Role
from gis.texts import N_, _

NOBODY: Final[frozenset[Role]] = frozenset()
"""Of a transition that time makes."""


@dataclass(frozen=True)
class Transition:
    """A way from one state to another."""

    start: str
    end: str
    roles: frozenset[Role] = NOBODY
    condition: str | None = None


@dataclass(frozen=True)
class Machine:
    """The states of one kind of thing, the first of them the initial one, with their names for readers.

    Raises ValueError for a transition to or from no state, one that stands twice, or a state that cannot be reached.
    """

    name: str
    states: Mapping[str, str]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        pairs = [(step.start, step.end) for step in self.transitions]
        strange = {state for pair in pairs for state in pair} - set(self.states)
        twice = {pair for pair in pairs if pairs.count(pair) > 1}
        unreached = set(self.states) - {self.initial} - {end for _start, end in pairs}
        if strange or twice or unreached:
            raise ValueError(f"{self.name}: no such state {strange}; twice {twice}; out of reach {unreached}")

    @property
    def initial(self) -> str:
        """The state in which everything begins."""
        return next(iter(self.states))


CAMPAIGN: Final = Machine(
    "campaign",
    MappingProxyType(
        {
            "planned": N_("Planned"),
            "launch": N_("Launch"),
            "action": N_("Action"),
            "acceptance": N_("Acceptance"),
            "accepted": N_("Passed acceptance"),
            "lapsed": N_("Ended without acceptance"),
        }
    ),
    (
        Transition("planned", "launch", condition="launch_on"),
        Transition("launch", "action", condition="action_on"),
        Transition("action", "acceptance", condition="acceptance_on"),
        Transition("acceptance", "lapsed", condition="ends_on"),
        Transition("acceptance", "accepted", frozenset({"leader", "system"}), "answers-for-all-targets"),
    ),
)

CORRECTION: Final = Machine(
    "correction",
    MappingProxyType({"proposed": N_("Proposed"), "accepted": N_("Accepted"), "refused": N_("Refused")}),
    (
        Transition("proposed", "accepted", frozenset({"leader"}), "answers-for-the-area"),
        Transition("proposed", "refused", frozenset({"leader"}), "answers-for-the-area"),
    ),
)

_OVERSIGHT: Final[frozenset[Role]] = frozenset({"inspector", "leader"})

FINDING: Final = Machine(
    "finding",
    MappingProxyType(
        {
            "open": N_("Not put right yet"),
            "rectified": N_("Rectified"),
            "reinspected": N_("Re-inspected"),
            "escalated": N_("Escalated"),
            "closed": N_("Closed"),
            "withdrawn": N_("Withdrawn"),
        }
    ),
    (
        Transition("open", "rectified", _OVERSIGHT),
        Transition("open", "escalated", _OVERSIGHT),
        Transition("open", "withdrawn", condition="corrected-inspection"),
        Transition("rectified", "reinspected", condition="later-inspection"),
        Transition("rectified", "withdrawn", condition="corrected-inspection"),
        Transition("reinspected", "closed", _OVERSIGHT, "put-right-at-reinspection"),
        Transition("reinspected", "escalated", _OVERSIGHT),
        Transition("reinspected", "withdrawn", condition="corrected-inspection"),
        Transition("escalated", "closed", frozenset({"leader"})),
        Transition("escalated", "withdrawn", condition="corrected-inspection"),
        Transition("withdrawn", "open", condition="corrected-inspection"),
    ),
)
"""A finding is put right by the facility, seen again by an inspector, and closed; or it goes up to the leader.

`later-inspection`: a later visit to the facility answers the same item. `put-right-at-reinspection`: it answered that
all is well there. `corrected-inspection`: a correction of the inspection that made it says that it failed or did not.
"""

_LEADER: Final[frozenset[Role]] = frozenset({"leader"})

CASE: Final = Machine(
    "case",
    MappingProxyType(
        {
            "opened": N_("Case opened"),
            "noticed": N_("Notice issued"),
            "replied": N_("Reply received"),
            "reply-lapsed": N_("No reply in time"),
            "reviewed": N_("Reviewed"),
            "decided": N_("Decided"),
            "served": N_("Decision served"),
            "appealed": N_("Appealed"),
            "appeal-decided": N_("Appeal decided"),
            "closed": N_("Case closed"),
            "dropped": N_("Case dropped"),
        }
    ),
    (
        Transition("opened", "noticed", _OVERSIGHT, "investigator"),
        Transition("opened", "dropped", _LEADER, "decider"),
        Transition("noticed", "replied", _OVERSIGHT, "facility"),
        Transition("noticed", "reply-lapsed", condition="reply"),
        Transition("noticed", "dropped", _LEADER, "decider"),
        Transition("replied", "reviewed", _OVERSIGHT, "reviewer"),
        Transition("replied", "dropped", _LEADER, "decider"),
        Transition("reply-lapsed", "replied", _OVERSIGHT, "facility"),
        Transition("reply-lapsed", "reviewed", _OVERSIGHT, "reviewer"),
        Transition("reply-lapsed", "dropped", _LEADER, "decider"),
        Transition("reviewed", "decided", _LEADER, "decider"),
        Transition("reviewed", "dropped", _LEADER, "decider"),
        Transition("decided", "served", _OVERSIGHT, "investigator"),
        Transition("served", "appealed", _OVERSIGHT, "investigator"),
        Transition("served", "closed", _LEADER, "decider"),
        Transition("appealed", "appeal-decided", _OVERSIGHT, "investigator"),
        Transition("appeal-decided", "closed", _LEADER, "decider"),
    ),
)
"""A case against a facility. The condition says which of its three people makes a transition: the `investigator`, who
opened it, the `reviewer` or the `decider`.

`facility`: the facility states and defends itself, over its link or on paper that the investigator records. `reply`:
the clock of that name has run out, which nobody makes happen. `served` is followed by `appealed` while the clock
`appeal` runs, and by `closed` once it has run out.
"""

SWEEP: Final = Machine(
    "sweep",
    MappingProxyType({"published": N_("Published"), "closed": N_("Closed"), "withdrawn": N_("Withdrawn")}),
    (
        Transition("published", "closed", _LEADER, "answers-for-all-facilities"),
        Transition("published", "withdrawn", _LEADER, "answers-for-all-facilities"),
    ),
)
"""A sweep that inspectors work on. `closed` gives up what was not done; `withdrawn` is for one that nobody began."""


def next_states(machine: Machine, state: str) -> tuple[str, ...]:
    """The states that can follow, in the order of the machine; none for a final one.

    >>> next_states(CORRECTION, "proposed"), next_states(CORRECTION, "refused")
    (('accepted', 'refused'), ())
    """
    _require_state(machine, state)
    return tuple(step.end for step in machine.transitions if step.start == state)


def require_transition(machine: Machine, start: str, end: str, *, role: Role | None = None) -> Transition:
    """The transition from one state to another.

    Raises UsageError where the machine has none, NotAllowed where this role may not make it.
    """
    _require_state(machine, start)
    _require_state(machine, end)
    step = next((step for step in machine.transitions if (step.start, step.end) == (start, end)), None)
    if step is None:
        following = next_states(machine, start)
        raise UsageError(
            _(
                "From {start} there is no way to {end}; what can follow is: {following}.",
                start=_(machine.states[start]),
                end=_(machine.states[end]),
                following=", ".join(_(machine.states[state]) for state in following) or "-",
            ),
            details={"state": start, "wanted": end, "following": list(following)},
        )
    if role is not None and role not in step.roles:
        raise NotAllowed(_("Your role may not do this."), details={"action": f"{machine.name}.{end}"})
    return step


def _require_state(machine: Machine, state: str) -> None:
    if state not in machine.states:
        raise UsageError(
            _("{state} is no state; the states are: {states}.", state=state, states=", ".join(machine.states))
        )

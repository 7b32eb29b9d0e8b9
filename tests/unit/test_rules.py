"""State machines: what they refuse to be, and what can follow what."""

from collections.abc import Iterator

import pytest

from gis.errors import NotAllowed, UsageError
from gis.rules import CAMPAIGN, CORRECTION, SWEEP, Machine, Transition, next_states, require_transition
from gis.texts import use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are matched in English."""
    with use_language("en"):
        yield


@pytest.mark.parametrize("machine", [CAMPAIGN, CORRECTION, SWEEP])
def test_every_state_is_reached_from_the_first(machine: Machine) -> None:
    """Whoever walks all transitions from the initial state comes to every state."""
    reached, walk = {machine.initial}, [machine.initial]
    while walk:
        for state in next_states(machine, walk.pop()):
            if state not in reached:
                reached.add(state)
                walk.append(state)
    assert reached == set(machine.states)


def test_only_the_transitions_of_the_machine_exist() -> None:
    """A pair of states is refused exactly where no transition joins it."""
    joined = {(step.start, step.end) for step in CAMPAIGN.transitions}
    for start in CAMPAIGN.states:
        for end in CAMPAIGN.states:
            if (start, end) in joined:
                assert require_transition(CAMPAIGN, start, end).end == end
            else:
                with pytest.raises(UsageError):
                    require_transition(CAMPAIGN, start, end)


def test_a_refusal_says_what_can_follow() -> None:
    """The message names where one is, where one wanted to go, and where one can."""
    with pytest.raises(
        UsageError, match=r"From Planned there is no way to Passed acceptance; what can follow is: Launch\."
    ):
        require_transition(CAMPAIGN, "planned", "accepted")


def test_only_the_roles_of_a_transition_make_it() -> None:
    """A leader accepts a campaign; an inspector does not, and nobody makes what time makes."""
    assert require_transition(CAMPAIGN, "acceptance", "accepted", role="leader").condition == "answers-for-all-targets"
    for start, end, role in (("acceptance", "accepted", "inspector"), ("action", "acceptance", "leader")):
        with pytest.raises(NotAllowed):
            require_transition(CAMPAIGN, start, end, role=role)  # type: ignore[arg-type]


def test_a_state_that_is_none_is_refused() -> None:
    """An unknown state has no followers; it is an error."""
    with pytest.raises(UsageError, match="nowhere is no state"):
        next_states(CAMPAIGN, "nowhere")


@pytest.mark.parametrize(
    "transitions",
    [
        (Transition("a", "b"), Transition("b", "x")),
        (Transition("a", "b"), Transition("a", "b")),
        (),
    ],
    ids=["to no state", "twice", "out of reach"],
)
def test_a_broken_machine_cannot_be_built(transitions: tuple[Transition, ...]) -> None:
    """A transition to nowhere, one that stands twice, and a state out of reach are refused."""
    with pytest.raises(ValueError, match="broken"):
        Machine("broken", {"a": "A", "b": "B"}, transitions)

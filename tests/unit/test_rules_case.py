"""The way of a case: what can follow what, and who makes it."""

from itertools import product

import pytest

from gis.errors import NotAllowed, UsageError
from gis.rules import CASE, next_states, require_transition
from gis.services.cases.clocks import STARTS, UNDECIDED
from gis.services.cases.documents import DOCUMENTS
from gis.services.cases.texts import FIELDS
from gis.texts import use_language

JOINED = {(step.start, step.end) for step in CASE.transitions}
PAIRS = list(product(CASE.states, CASE.states))


@pytest.mark.parametrize(("start", "end"), PAIRS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_pair_of_states_is_a_step_or_refused_in_words(start: str, end: str, lang: str) -> None:
    """A pair without a transition is refused; the message names where one is, and what can follow."""
    with use_language("zh" if lang == "zh" else "en"):
        if (start, end) in JOINED:
            assert require_transition(CASE, start, end).end == end
            return
        with pytest.raises(UsageError) as caught:
            require_transition(CASE, start, end)
    assert len(caught.value.message) > 10
    assert caught.value.details["following"] == list(next_states(CASE, start))


def test_control_some_pairs_are_steps_and_most_are_not() -> None:
    """The property above looks at both kinds."""
    assert 10 < len(JOINED) < len(PAIRS) / 4


def test_every_step_names_who_makes_it() -> None:
    """Somebody's step names one of the three people or the facility; nobody's names a clock."""
    for step in CASE.transitions:
        who = {"investigator", "reviewer", "decider", "facility"} if step.roles else {"reply"}
        assert step.condition in who, step


def test_decisions_are_for_leaders() -> None:
    """Deciding, dropping and closing are refused to an inspector, whichever state they come from."""
    for start, end in JOINED:
        if end in ("decided", "dropped", "closed"):
            assert require_transition(CASE, start, end, role="leader").condition == "decider"
            with pytest.raises(NotAllowed):
                require_transition(CASE, start, end, role="inspector")


def test_nobody_decides_before_the_facility_could_speak() -> None:
    """Every way from the opening to a decision goes through a reply, or the lapse of the time for it, and a review."""

    def reach(start: str, without: set[str]) -> set[str]:
        found, walk = {start}, [start]
        while walk:
            for state in next_states(CASE, walk.pop()):
                if state not in found and state not in without:
                    found.add(state)
                    walk.append(state)
        return found

    assert "decided" not in reach("opened", {"replied", "reply-lapsed"})
    assert "decided" not in reach("opened", {"reviewed"})
    assert "decided" not in reach("opened", {"noticed"})
    assert "decided" in reach("opened", set())


def test_a_decided_case_is_not_dropped() -> None:
    """Dropping is for cases that are not decided; what is final has no followers."""
    assert {start for start, end in JOINED if end == "dropped"} == set(UNDECIDED)
    assert next_states(CASE, "closed") == next_states(CASE, "dropped") == ()


def test_every_state_that_somebody_makes_has_its_form() -> None:
    """Fields, documents and clocks are of states that there are; every step but the opening asks for something."""
    made = {step.end for step in CASE.transitions if step.roles}
    assert set(FIELDS) == made
    assert set(DOCUMENTS) <= made
    assert set(STARTS) <= set(CASE.states)

"""The clocks of a case: working days across holidays, calendar days, and days that nobody knows yet."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gis.errors import UsageError
from gis.policies import CLOCKS, Calendar, CasePolicy, read_case_policy, shipped_case_policy
from gis.services.cases.clocks import Stand, stand_of
from gis.texts import use_language


def test_the_policy_that_ships_names_the_law_of_every_clock() -> None:
    """Lengths and units are those of the law, and each clock says which, or that no law sets it."""
    found = shipped_case_policy()
    said = {name: (clock.length, clock.unit) for name, clock in found.clocks.items()}
    assert said["decision"] == (90, "days")
    assert said["service"] == (7, "workdays")
    assert said["appeal"] == (60, "days")
    assert set(found.clocks) == set(CLOCKS)
    assert all("法" in clock.legal_basis for clock in found.clocks.values())
    assert found.clocks["reply"].length == CasePolicy().clocks["reply"].length


@pytest.mark.parametrize(
    ("clock", "start", "due"),
    [
        ("reply", date(2026, 9, 23), date(2026, 10, 8)),  # off: 25 to 27 September, 1 to 7 October
        ("reply", date(2026, 9, 30), date(2026, 10, 13)),  # Saturday the 10th is worked
        ("service", date(2026, 9, 30), date(2026, 10, 15)),
        ("decision", date(2026, 7, 3), date(2026, 10, 1)),  # a term of the authority ends on a holiday all the same
        ("appeal", date(2026, 8, 4), date(2026, 10, 8)),  # one of the facility ends with the next working day
        ("appeal", date(2026, 7, 1), date(2026, 8, 31)),  # 30 August is a Sunday
    ],
)
def test_terms_across_the_national_day(clock: Any, start: date, due: date) -> None:
    """Working days pass over the holiday and count the Saturday that is worked for it; calendar days do not."""
    assert shipped_case_policy().due(clock, start) == due


def test_control_a_calendar_without_holidays_gives_other_days() -> None:
    """The days above come from the calendar: with mere weekdays the holiday is counted."""
    assert CasePolicy(calendar=Calendar("weekdays")).due("reply", date(2026, 9, 30)) == date(2026, 10, 7)


@pytest.mark.parametrize("clock", ["reply", "service", "appeal", "closure"])
def test_a_year_without_a_calendar_gives_no_day(clock: Any) -> None:
    """Where the last day depends on a calendar that nobody knows there is none; a mere count of days needs none."""
    assert shipped_case_policy().due(clock, date(2190, 3, 1)) is None
    assert shipped_case_policy().due("decision", date(2190, 3, 1)) == date(2190, 5, 30)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[clocks.reply]\nlength = 0", "clocks.reply.length: 0 is not from 1"),
        ("[clocks.reply]\nunit = 'weeks'", 'clocks.reply.unit must be "workdays" or "days"'),
        ("[clocks.reply]\nlegal_basis = 3", "clocks.reply.legal_basis must be a text"),
        ("[clocks.reply]\nnext_workday = 1", "clocks.reply.next_workday must be true or false"),
        ("[clocks.reply]\ndays = 5", "clocks.reply.days means nothing here"),
        ("[clocks.hearing]\nlength = 5", "clocks.hearing means nothing here"),
        ("link_days = 9999", "link_days: 9999 is not from 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    """One clear error: file, key and what would do."""
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with use_language("en"), pytest.raises(UsageError) as caught:
        read_case_policy(file)
    assert named in caught.value.message
    assert str(file) in caught.value.message


def stand(state: str, due: date | None, on: date, *, made: str = "2026-09-01", **details: str) -> Stand:
    """Where a case is that was opened on 1 September 2026 and came to a state on a day."""
    row = {
        "state": state,
        "opened_at": datetime(2026, 9, 1, 12, tzinfo=UTC),
        "done_at": datetime.fromisoformat(f"{made}T12:00:00+00:00"),
        "due_on": due,
        "decision_due_on": date(2026, 11, 30),
        "details": details,
    }
    return stand_of(row, shipped_case_policy(), on)


def test_a_reply_lapses_by_itself() -> None:
    """On its last day the facility may still reply; on the day after the case stands there without anybody's doing."""
    due = date(2026, 9, 8)
    assert stand("noticed", due, due).state == "noticed"
    assert stand("noticed", due, date(2026, 9, 9)).state == "reply-lapsed"
    assert not stand("noticed", due, date(2026, 9, 9)).overdue


def test_only_the_clocks_of_the_authority_make_a_case_overdue() -> None:
    """The decision is late on the day after its last one, in every state before it."""
    last = date(2026, 11, 30)
    for state in ("opened", "replied", "reviewed"):
        assert not stand(state, last, last).overdue
        assert stand(state, last, date(2026, 12, 1)).overdue
    assert stand("decided", date(2026, 9, 10), date(2026, 9, 11)).overdue
    assert not stand("appealed", None, date(2030, 1, 1)).overdue


def test_closing_begins_when_the_time_to_appeal_is_over() -> None:
    """Until then the clock of the appeal runs, afterwards that of the closure, from the end of the other."""
    due = date(2026, 10, 30)
    assert [c.clock for c in stand("served", due, due).clocks] == ["appeal"]
    late = stand("served", due, date(2026, 10, 31))
    assert [(c.clock, c.since) for c in late.clocks] == [("closure", due)]


def test_an_unknown_day_is_asked_again_and_never_guessed() -> None:
    """A day that was not known when the step was made is computed once its calendar is; else the clock has none."""
    assert stand("noticed", None, date(2026, 9, 2), day="2026-09-01").clocks[0].due_on == date(2026, 9, 8)
    unknown = stand("noticed", None, date(2190, 12, 31), day="2190-01-04")
    assert unknown.state == "noticed"
    assert unknown.clocks[0].due_on is None
    assert not unknown.clocks[0].over

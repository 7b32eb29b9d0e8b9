"""Working days: the State Council's notices, terms that begin the day after, and years that nobody knows yet."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import UsageError
from gis.policies import Calendar, read_finding_policy
from gis.texts import use_language

KNOWN = st.dates(date(2005, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 2, 4), True),  # Sunday, worked for the Spring Festival (State Council notice of 25 October 2023)
        (date(2024, 2, 12), False),  # Monday of the Spring Festival
        (date(2024, 9, 29), True),  # Sunday, worked for the National Day
        (date(2025, 10, 8), False),  # Wednesday: National Day and Mid-Autumn, 1 to 8 October
        (date(2025, 10, 11), True),  # Saturday, worked for it
    ],
)
def test_published_days(day: date, worked: bool) -> None:
    """Days as the notices of 2023 and 2024 on holidays state them."""
    assert Calendar().is_workday(day) is worked


@given(KNOWN, st.integers(0, 90))
def test_a_term_holds_as_many_working_days(start: date, days: int) -> None:
    """Between the start, which is not counted, and the end, which is; the end of a term is worked."""
    calendar = Calendar()
    end = calendar.add(start, days)
    assert end is not None
    span = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(calendar.is_workday(day) is True for day in span) == days
    assert not days or calendar.is_workday(end)


def test_an_unknown_year_gives_no_day() -> None:
    """Neither for a day in it nor for a term that runs into it; a stated year does."""
    late, first = date(2189, 12, 30), date(2190, 1, 1)
    assert Calendar().is_workday(first) is None
    assert Calendar().add(late, 5) is None
    stated = Calendar(years=frozenset({2189, 2190}), holidays=frozenset({first}))
    assert stated.add(date(2189, 12, 31), 1) == date(2190, 1, 4)
    assert Calendar("weekdays").add(date(2189, 12, 31), 1) == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[deadline_workdays]\nserious = -1", "serious: -1 is not from 0"),
        ("[deadline_workdays]\ngrave = 3", "grave means nothing"),
        ("remind = 3", "remind means nothing"),
        ("[calendar]\nofficial = 'moon'", 'official must be "china" or "weekdays"'),
        ("[calendar]\nholidays = ['2027-01-01']", "a list of days"),
        ("[calendar]\nyears = ['2027']", "a list of years"),
        ("[calendar]\nholidays = [2027-01-01]\nworkdays = [2027-01-01]", "cannot be both"),
        ("calendar = 1", "a table"),
    ],
)
def test_a_policy_that_cannot_be_says_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    """Each fault names the file and what would do."""
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with use_language("en"), pytest.raises(UsageError, match=message) as refused:
        read_finding_policy(file)
    assert str(file) in refused.value.message


def test_control_an_empty_policy_is_the_usual_one(tmp_path: Path) -> None:
    """What is not said stays as it is."""
    file = tmp_path / "own.toml"
    file.write_text("", encoding="utf-8")
    assert read_finding_policy(file).deadline_workdays["minor"] == 15

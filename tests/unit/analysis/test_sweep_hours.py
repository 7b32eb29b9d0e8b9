"""Opening hours of the register: what is understood, what is refused."""

import pytest

from gis.analysis.sweeps.hours import Hours, parse_hours
from gis.errors import DataRejected

ALL_DAY = ((0, 1440),)
OFFICE = ((480, 720), (840, 1020))


@pytest.mark.parametrize(
    "text", ["08:00-12:00,14:00-17:00", "14:00-17:00、8:00-12:00", "０８：００－１２：００，１４：００－１７：００"]
)
def test_several_spans_a_day(text: str) -> None:
    """Spans come in order, whatever the order and width of the characters."""
    assert parse_hours(text) == Hours((OFFICE,) * 7)


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Fr 08:00-12:00,14:00-17:00; Sa,Su off",
        "周一至周五 08:00-12:00,14:00-17:00",
        "工作日08:00-12:00,14:00-17:00；周末休息",
    ],
)
def test_days_of_the_week(text: str) -> None:
    """Days that are named have the hours; the others are closed."""
    assert parse_hours(text).week == (OFFICE,) * 5 + ((), ())


def test_a_later_rule_wins_and_holidays_stand_apart() -> None:
    """`PH` and 节假日 say what holds on public holidays; without them nothing is said."""
    hours = parse_hours("24/7; Mo 08:00-12:00,14:00-17:00; PH off")
    assert (hours.week[0], hours.week[1], hours.holidays) == (OFFICE, ALL_DAY, ())
    assert parse_hours("00:00-24:00").holidays is None
    assert parse_hours("节假日 00:00-24:00").holidays == ALL_DAY


def test_a_range_over_the_end_of_the_week() -> None:
    """Saturday to Monday are three days."""
    assert [bool(spans) for spans in parse_hours("Sa-Mo 08:00-12:00").week] == [
        True,
        False,
        False,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("text", ["17:00-08:00", "08:00-08:00", "08:00-12:00,17:00-14:00"])
def test_hours_that_end_before_they_begin_are_refused(text: str) -> None:
    """The message names the hours and the remedy; control: the same the other way round is taken."""
    with pytest.raises(DataRejected, match=r"end before they begin.*two spans"):
        parse_hours(text)
    assert parse_hours("08:00-17:00").week[0] == ((480, 1020),)


@pytest.mark.parametrize(
    "text",
    ["", "mornings", "08:00", "25:00-26:00", "08:61-09:00", "Xx 08:00-12:00", "08:00-12:00 x", "周八 08:00-09:00"],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    """Nothing is guessed: a rule of another kind is refused with an example."""
    with pytest.raises(DataRejected, match=r"not understood. Write them like"):
        parse_hours(text)

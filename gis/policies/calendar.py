"""The calendar of working days that deadlines are counted in.

For China the days are those of the State Council's yearly notices, as the package chinesecalendar holds them. A year
for which no notice is known gives no answer: a holiday that is moved by a notice cannot be guessed. A policy may state
the days of such a year itself.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import chinese_calendar

from gis.errors import UsageError
from gis.policies.reader import Reader
from gis.texts import _

Official = Literal["china", "weekdays"]
SATURDAY: Final = 5


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. `weekdays` is Monday to Friday but for the stated days, in every year."""

    official: Official = "china"
    years: frozenset[int] = frozenset()
    """Years whose days the policy states itself."""
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    """Days off that are worked: 调休上班."""

    def is_workday(self, day: date) -> bool | None:
        """Whether the day is worked; None where its year is not known.

        >>> from datetime import date
        >>> Calendar().is_workday(date(2026, 10, 1)), Calendar().is_workday(date(2190, 10, 1))
        (False, None)
        """
        if day in self.workdays or day in self.holidays:
            return day in self.workdays
        if self.official == "weekdays" or day.year in self.years:
            return day.weekday() < SATURDAY
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return None

    def add(self, start: date, days: int) -> date | None:
        """The last day of a term of so many working days that begins on the day after `start`.

        None where it runs into a year that is not known. 《民法典》第二百零一条: the day from which a term is counted
        is not part of it.

        >>> from datetime import date
        >>> Calendar().add(date(2026, 9, 30), 1)  # the National Day's holiday lasts until 7 October
        datetime.date(2026, 10, 8)
        """
        day = start
        while days > 0:
            day += timedelta(days=1)
            worked = self.is_workday(day)
            if worked is None:
                return None
            days -= worked
        return day


def read_calendar(found: Reader) -> Calendar:
    """The calendar of a policy's table `[calendar]`. Raises UsageError."""
    found.refuse_others("official", "years", "holidays", "workdays")
    official = found.values.get("official", "china")
    if official not in ("china", "weekdays"):
        raise found.wrong("official", _('"china" or "weekdays"'))
    years = found.values.get("years", [])
    if not isinstance(years, list) or not all(isinstance(year, int) for year in years):
        raise found.wrong("years", _("a list of years"))
    off, worked = _days(found, "holidays"), _days(found, "workdays")
    if off & worked:
        day = min(off & worked).isoformat()
        raise UsageError(_("{file}: {day} cannot be both a holiday and worked.", file=found.file, day=day))
    return Calendar(official, frozenset(years), off, worked)


def _days(found: Reader, key: str) -> frozenset[date]:
    days = found.values.get(key, [])
    if not isinstance(days, list) or not all(type(day) is date for day in days):
        raise found.wrong(key, _("a list of days such as 2027-02-08"))
    return frozenset(days)

"""How long a facility has to put a finding right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gis.errors import UsageError
from gis.policies.calendar import Calendar, read_calendar
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.tables import SEVERITIES
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "finding.toml"
MOST_DAYS: Final = 366


@dataclass(frozen=True)
class FindingPolicy:
    """Terms in working days. Raises UsageError for one that cannot be."""

    deadline_workdays: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"clerical": 30, "minor": 15, "serious": 7, "critical": 1})
    )
    """Severity -> working days from the day of the inspection."""
    remind_days: int = 5
    """Days before the deadline from which on a finding stands among the reminders."""
    calendar: Calendar = field(default_factory=Calendar)

    def __post_init__(self) -> None:
        for name, days in (*self.deadline_workdays.items(), ("remind_days", self.remind_days)):
            if not 0 <= days <= MOST_DAYS:
                raise UsageError(_("{name}: {days} is not from 0 to {most}.", name=name, days=days, most=MOST_DAYS))
        if missing := set(SEVERITIES) - set(self.deadline_workdays):
            raise UsageError(_("deadline_workdays: {missing} is missing.", missing=", ".join(sorted(missing))))


def read_finding_policy(file: Path | None = None) -> FindingPolicy:
    """The policy of a file, that of `data/policies/finding.toml` where none is given. Raises UsageError."""
    usual = FindingPolicy()
    found = Reader(file or SHIPPED, load(file or SHIPPED))
    found.refuse_others("deadline_workdays", "remind_days", "calendar")
    terms = found.table("deadline_workdays")
    terms.refuse_others(*SEVERITIES)
    with naming(found.file):
        return FindingPolicy(
            deadline_workdays=MappingProxyType(
                {name: terms.number(name, usual.deadline_workdays[name]) for name in SEVERITIES}
            ),
            remind_days=found.number("remind_days", usual.remind_days),
            calendar=read_calendar(found.table("calendar")),
        )


@cache
def shipped_finding_policy() -> FindingPolicy:
    """That of `data/policies/finding.toml`, read once."""
    return read_finding_policy()

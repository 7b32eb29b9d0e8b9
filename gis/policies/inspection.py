"""How often premises are inspected, and what the register itself must not show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gis.errors import UsageError
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "inspection.toml"
LONGEST_DAYS: Final = 36_500


@dataclass(frozen=True)
class InspectionPolicy:
    """How often premises are inspected. Raises UsageError for numbers of days that cannot be."""

    default_days: int = 365
    interval_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Kind of facility -> days from one inspection to the next."""
    due_soon_days: int = 30
    sites_per_operator: int = 2
    ultrasound_kinds: tuple[str, ...] = ()
    """Kinds of facilities that need a machine and somebody qualified."""

    def __post_init__(self) -> None:
        spans = {"default": self.default_days, **self.interval_days}
        for name, days in spans.items():
            if not 1 <= days <= LONGEST_DAYS:
                text = _("interval_days of {name}: {days} is not from 1 to {most}.")
                raise UsageError(text.format(name=name, days=days, most=LONGEST_DAYS))
        if not 0 <= self.due_soon_days <= LONGEST_DAYS:
            raise UsageError(
                _("due_soon_days: {days} is not from 0 to {most}.", days=self.due_soon_days, most=LONGEST_DAYS)
            )
        if self.sites_per_operator < 1:
            raise UsageError(_("sites_per_operator: {number} is less than 1.", number=self.sites_per_operator))

    def to_json(self) -> dict[str, Any]:
        """The policy as it stands in answers."""
        return {
            "interval_days": {"default": self.default_days, **self.interval_days},
            "due_soon_days": self.due_soon_days,
            "checks": {
                "sites_per_operator": self.sites_per_operator,
                "ultrasound_kinds": list(self.ultrasound_kinds),
            },
        }


def read_inspection_policy(file: Path | None = None) -> InspectionPolicy:
    """The policy of a file, that of `data/policies/inspection.toml` where none is given.

    A file of one's own names all kinds that differ from its default; other keys may be missing. Raises UsageError,
    naming file, key and what would do, for one that cannot be read.
    """
    usual = InspectionPolicy()
    found = Reader(file or SHIPPED, load(file or SHIPPED))
    found.refuse_others("due_soon_days", "interval_days", "checks")
    spans, checks = found.table("interval_days"), found.table("checks")
    checks.refuse_others("sites_per_operator", "ultrasound_kinds")
    with naming(found.file):
        return InspectionPolicy(
            default_days=spans.number("default", usual.default_days),
            interval_days=MappingProxyType({kind: spans.number(kind, 0) for kind in spans.values if kind != "default"}),
            due_soon_days=found.number("due_soon_days", usual.due_soon_days),
            sites_per_operator=checks.number("sites_per_operator", usual.sites_per_operator),
            ultrasound_kinds=checks.texts("ultrasound_kinds"),
        )


@cache
def shipped_inspection_policy() -> InspectionPolicy:
    """That of `data/policies/inspection.toml`, read once."""
    return read_inspection_policy()

"""Policies: the numbers that an authority sets for itself, read from `data/policies` or from a file of its own.

A policy is TOML; a key that means nothing is refused.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gis.errors import UsageError
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
    found = _Reader(file or SHIPPED, _load(file or SHIPPED))
    found.refuse_others("due_soon_days", "interval_days", "checks")
    spans, checks = found.table("interval_days"), found.table("checks")
    checks.refuse_others("sites_per_operator", "ultrasound_kinds")
    try:
        return InspectionPolicy(
            default_days=spans.number("default", usual.default_days),
            interval_days=MappingProxyType({kind: spans.number(kind, 0) for kind in spans.values if kind != "default"}),
            due_soon_days=found.number("due_soon_days", usual.due_soon_days),
            sites_per_operator=checks.number("sites_per_operator", usual.sites_per_operator),
            ultrasound_kinds=checks.texts("ultrasound_kinds"),
        )
    except UsageError as error:
        if str(found.file) in error.message:
            raise
        raise UsageError(f"{found.file}: {error.message}") from None


@cache
def shipped_inspection_policy() -> InspectionPolicy:
    """That of `data/policies/inspection.toml`, read once."""
    return read_inspection_policy()


@dataclass(frozen=True)
class _Reader:
    """One table of a policy."""

    file: Path
    values: Mapping[str, Any]
    path: str = ""

    def table(self, key: str) -> "_Reader":
        """A table inside, empty where it is missing."""
        inside = self.values.get(key, {})
        if not isinstance(inside, dict):
            raise self._wrong(key, _("a table, [{key}]", key=key))
        return _Reader(self.file, inside, f"{key}.")

    def number(self, key: str, usual: int) -> int:
        """A whole number."""
        value = self.values.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, _("a whole number"))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where it is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self._wrong(key, _("a list of texts"))
        return tuple(value)

    def refuse_others(self, *known: str) -> None:
        """Raises UsageError for a key that means nothing."""
        for key in self.values:
            if key not in known:
                raise UsageError(
                    _(
                        "{file}: {key} means nothing here; there are {known}.",
                        file=self.file,
                        key=self.path + key,
                        known=", ".join(known),
                    )
                )

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(_("{file}: {key} must be {wanted}.", file=self.file, key=self.path + key, wanted=wanted))


def _load(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(_("There is no file {file}.", file=file)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(_("{file} is no TOML that can be read: {why}", file=file, why=error)) from None

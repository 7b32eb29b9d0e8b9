"""How the random draw weighs the record of a facility, and how many go together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gis.errors import UsageError
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "draw.toml"
LEAST_INSPECTORS: Final = 2
LONGEST_DAYS: Final = 36_500
HEAVIEST: Final = 1_000_000

_USUAL: Final[Mapping[str, int]] = MappingProxyType({"never": 4, "critical": 6, "serious": 3, "stale": 2, "clean": 1})


@dataclass(frozen=True)
class DrawPolicy:
    """Weights by stratum. Raises UsageError for what cannot be: alone, or never to be drawn."""

    inspectors_each: int = 2
    record_days: int = 730
    weights: Mapping[str, int] = field(default_factory=lambda: _USUAL)

    def __post_init__(self) -> None:
        limits = {f"weights.{name}": (weight, 1, HEAVIEST) for name, weight in self.weights.items()}
        limits["inspectors_each"] = (self.inspectors_each, LEAST_INSPECTORS, 10)
        limits["record_days"] = (self.record_days, 0, LONGEST_DAYS)
        for name, (number, least, most) in limits.items():
            if not least <= number <= most:
                why = _("{number} is not from {least} to {most}.", number=number, least=least, most=most)
                raise UsageError(f"{name}: {why}")


def read_draw_policy(file: Path | None = None) -> DrawPolicy:
    """The policy of a file, that of `data/policies/draw.toml` where none is given. Raises UsageError."""
    usual = DrawPolicy()
    found = Reader(file or SHIPPED, load(file or SHIPPED))
    found.refuse_others("inspectors_each", "record_days", "weights")
    weights = found.table("weights")
    weights.refuse_others(*_USUAL)
    with naming(found.file):
        return DrawPolicy(
            inspectors_each=found.number("inspectors_each", usual.inspectors_each),
            record_days=found.number("record_days", usual.record_days),
            weights=MappingProxyType({name: weights.number(name, usual) for name, usual in _USUAL.items()}),
        )


@cache
def shipped_draw_policy() -> DrawPolicy:
    """That of `data/policies/draw.toml`, read once."""
    return read_draw_policy()

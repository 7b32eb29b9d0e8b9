"""Why a score is high or low, in words: the facts of the facility that move it most.

The columns of the model belong to *themes*; what the columns of a theme add to the log odds, against an average
facility, adds up to how much the theme raises or lowers the score. A reason tells the fact, never what others did.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.ranking.model import PLAIN, Model, Numbers
from gis.texts import _

MOST_REASONS: Final = 3
SLIGHTEST: Final = 0.02
"""Log odds below which nothing is said."""
Facts = Mapping[str, Any]
"""A row of `describe`."""


@dataclass(frozen=True)
class Reason:
    """One fact, and whether it raises or lowers the score."""

    effect: Literal["raises", "lowers"]
    text: str
    weight: float
    """In log odds, against an average facility."""

    @property
    def sign(self) -> str:
        """An arrow."""
        return "↑" if self.effect == "raises" else "↓"


def explain(model: Model, facts: pd.DataFrame) -> list[tuple[Reason, ...]]:
    """For each row of `facts`, as `describe` gives them, its reasons, the weightiest first, in the current language."""
    added = model.contribute(facts)
    moved = {name: added[[c for c in added if _theme_of(str(c)) == name]].sum(axis=1) for name in _TELL}
    weights = pd.DataFrame(moved).to_numpy()
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :MOST_REASONS]
    rows = zip(facts.to_dict("records"), weights, order, strict=True)
    return [_tell(fact, row, turns) for fact, row, turns in rows]  # type: ignore[arg-type]


def explain_plain(facts: pd.DataFrame) -> list[tuple[Reason, ...]]:
    """The reasons where the plain sum ranks: the sum, then how long ago the last visit was, which breaks ties."""
    return [
        (
            Reason("raises" if fact["critical_sum"] else "lowers", _critical(fact), 0.0),
            *([Reason("raises", _waited(fact), 0.0)] if fact["visits"] else []),
        )
        for fact in ({str(name): value for name, value in row.items()} for row in facts.to_dict("records"))
    ]


def _tell(fact: Facts, weights: Numbers, turns: NDArray[np.intp]) -> tuple[Reason, ...]:
    """A text that two themes would tell is told once."""
    told: dict[str, Reason] = {}
    for turn in turns:
        weight = float(weights[turn])
        if abs(weight) < SLIGHTEST:
            break
        text = _TELL[_NAMES[turn]](fact)
        told.setdefault(text, Reason("raises" if weight > 0 else "lowers", text, round(weight, 3)))
    return tuple(told.values())


def _theme_of(column: str) -> str:
    return "kind" if column.startswith("kind: ") else _THEMES[column]


def _critical(fact: Facts) -> str:
    if fact["critical_year"]:
        return _("critical findings in the last 12 months: {count}", count=fact["critical_year"])
    if fact["critical_sum"]:
        return _("critical findings more than 12 months ago: {count}", count=fact["critical_sum"])
    return _("no critical finding yet; visits: {visits}", visits=fact["visits"])


def _serious(fact: Facts) -> str:
    if fact["serious_sum"]:
        return _("serious findings: {count} at {visits} visits", count=fact["serious_sum"], visits=fact["visits"])
    return _("no serious finding yet; visits: {visits}", visits=fact["visits"])


def _minor(fact: Facts) -> str:
    if not fact["visits"]:
        return _("never visited")
    return _("minor findings a visit: {rate}", rate=f"{fact['minor_sum'] / fact['visits']:.1f}")


def _results(fact: Facts) -> str:
    if not fact["visits"]:
        return _("never visited")
    return _("visits not passed: {count} of {visits}", count=fact["not_passed"], visits=fact["visits"])


def _waited(fact: Facts) -> str:
    if math.isnan(fact["waited"]):
        return _("never visited")
    return _("days since the last visit: {days}", days=int(fact["waited"]))


def _licence(fact: Facts) -> str:
    if math.isnan(fact["licensed"]):
        return _("no licence on record")
    if not math.isnan(fact["lapsed"]):
        return _("days since the last licence ran out: {days}", days=int(fact["lapsed"]))
    if fact["licensed"] < 365:
        return _("first licensed {days} days ago", days=int(fact["licensed"]))
    return _("years since the first licence: {years}", years=f"{fact['licensed'] / 365.25:.1f}")


def _machines(fact: Facts) -> str:
    return _("machines: {count}", count=fact["machines"])


def _checks(fact: Facts) -> str:
    return _("open questions in the register: {count}", count=fact["checks"])


def _kind(fact: Facts) -> str:
    return _("kind: {kind}", kind=fact["kind"] if isinstance(fact["kind"], str) else "-")


_TELL: Final[Mapping[str, Callable[[Facts], str]]] = MappingProxyType(
    {
        "critical": _critical,
        "serious": _serious,
        "minor": _minor,
        "results": _results,
        "waited": _waited,
        "licence": _licence,
        "machines": _machines,
        "checks": _checks,
        "kind": _kind,
    }
)
_NAMES: Final = tuple(_TELL)
_THEMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("critical", PLAIN), "critical"),
        "serious": "serious",
        "minor": "minor",
        **dict.fromkeys(("fail", "conditions"), "results"),
        **dict.fromkeys(("waited", "first"), "waited"),
        **dict.fromkeys(("licensed", "licensed_first", "new", "unlicensed", "renewed", "lapsed"), "licence"),
        "machines": "machines",
        "checks": "checks",
    }
)
"""Column of the model -> theme."""

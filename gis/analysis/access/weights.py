"""How minutes become a weight: steps, a bell, a power; and what a method does when none is said.

Every method counts only pairs within the *catchment*, `minutes`, its edge included.

- 2SFCA, two-step floating catchment areas (Luo and Wang 2003, doi 10.1068/b29120): each pair weighs 1, unless weights
  are given.
- E2SFCA, enhanced (Luo and Qi 2009, doi 10.1016/j.healthplace.2009.06.002): without weights, the thirds of the
catchment
  weigh 1, 0.68 and 0.22, which are the published ones for 30 minutes.
- 3SFCA, three steps (Wan, Zou and Sternberg 2012, doi 10.1080/13658816.2011.624987): as E2SFCA, and a pair also weighs
  what the cell would choose it by, its weight by the sum of the weights of the cell's *choices*. Choices are all sites
  that the times lead to (`table`, as PySAL's `access` takes them), or those in the catchment (`catchment`, as
  published).

`gaussian` is exp(-m^2 / 2 sigma^2), sigma half the catchment unless it is given. `power` is m^exponent; with a negative
exponent 0 minutes would weigh infinitely much, which is refused unless times below some `least` count as that.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from gis.analysis.access.kernel import EVEN, GAUSSIAN, POWER, STEP, Rule
from gis.errors import UsageError
from gis.texts import _

Method = Literal["2sfca", "e2sfca", "3sfca"]
Choice = Literal["table", "catchment"]

METHODS: Final = ("2sfca", "e2sfca", "3sfca")
CHOICES: Final = ("table", "catchment")
_THIRDS: Final = (1.0, 0.68, 0.22)
_FORMS: Final = {"step": STEP, "gaussian": GAUSSIAN, "power": POWER}


@dataclass(frozen=True)
class Weights:
    """A weight for each travel time. Raises UsageError for what is no weight."""

    form: Literal["step", "gaussian", "power"]
    first: tuple[float, ...]
    """Ends of the steps, rising; or sigma; or the exponent and the least minutes."""
    second: tuple[float, ...] = ()
    """Weights of the steps; beyond the last one it is 0."""

    def __post_init__(self) -> None:
        numbers = (*self.first, *self.second)
        good = all(math.isfinite(number) for number in numbers)
        match self.form:
            case "step":
                good &= len(self.first) == len(self.second) > 0
                good &= all(a < b for a, b in zip(self.first, self.first[1:], strict=False))
                good &= all(number >= 0 for number in numbers)
            case "gaussian":
                good &= len(self.first) == 1 and self.first[0] > 0
            case "power":
                good &= len(self.first) == 2 and self.first[1] >= 0
        if not good:
            raise UsageError(_("These are no weights. Write step:10=1,20=0.68,30=0.22, gaussian:15 or power:-1."))

    @classmethod
    def step(cls, steps: Mapping[float, float]) -> "Weights":
        """Minutes up to which -> weight.

        >>> Weights.step({10: 1, 20: 0.68, 30: 0.22}).first
        (10.0, 20.0, 30.0)
        """
        ends = sorted(steps)
        return cls("step", tuple(map(float, ends)), tuple(float(steps[end]) for end in ends))

    @classmethod
    def gaussian(cls, sigma: float) -> "Weights":
        """A bell of this width in minutes."""
        return cls("gaussian", (float(sigma),))

    @classmethod
    def power(cls, exponent: float, *, least: float = 0.0) -> "Weights":
        """Minutes to a power, times below `least` taken as that."""
        return cls("power", (float(exponent), float(least)))


def parse_weights(text: str | None, *, minutes: float) -> Weights | None:
    """The weights that a command's words mean; None for those of the method itself.

    `step[:10=1,20=0.68,...]`, `gaussian[:SIGMA]`, `power[:EXPONENT[:LEAST]]`. `step` alone is the method's own: one
    step for 2SFCA, three for the others. Raises UsageError for anything else.

    >>> parse_weights("power:-1", minutes=30)
    Weights(form='power', first=(-1.0, 0.0), second=())
    """
    if text is None or text == "step":
        return None
    form, _colon, rest = text.partition(":")
    try:
        if form == "step":
            return Weights.step({float(end): float(weight) for end, weight in (s.split("=") for s in rest.split(","))})
        if form == "gaussian":
            return Weights.gaussian(float(rest or minutes / 2))
        if form == "power":
            exponent, _more, least = rest.partition(":")
            return Weights.power(float(exponent or -1), least=float(least or 0))
    except ValueError:
        pass
    raise UsageError(
        _("{words} are no weights. Write step, gaussian or power:-1, or step:10=1,20=0.68,30=0.22.", words=text)
    )


def make_rule(minutes: float, method: str, weights: Weights | None, choice: str) -> Rule:
    """What the compiled core is told. Raises UsageError for a method, choice or catchment that there is not."""
    if method not in METHODS:
        raise UsageError(_("Unknown method {method}. Use one of {known}.", method=method, known=", ".join(METHODS)))
    if choice not in CHOICES:
        raise UsageError(_("Unknown choice {choice}. Use one of {known}.", choice=choice, known=", ".join(CHOICES)))
    if not 0 < minutes < math.inf:
        raise UsageError(_("{minutes} is no catchment. Give minutes above 0.", minutes=minutes))
    if weights is None and method != "2sfca":
        weights = Weights.step({minutes * (k + 1) / 3: weight for k, weight in enumerate(_THIRDS)})
    steps = weights is not None and weights.form == "step"
    numbers = () if weights is None or steps else weights.first
    first, second = (*numbers, 0.0, 0.0)[:2]
    return Rule(
        form=EVEN if weights is None else _FORMS[weights.form],
        limit=float(minutes),
        first=first,
        second=second,
        ends=np.array(weights.first if weights and steps else (), dtype=np.float64),
        values=np.array((*weights.second, 0.0) if weights and steps else (), dtype=np.float64),
        squared=method == "3sfca",
        whole=method == "3sfca" and choice == "table",
    )

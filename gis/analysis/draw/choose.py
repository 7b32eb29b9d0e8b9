"""The random draw 双随机: which facilities are inspected and by whom, by lot, with chances that follow the record.

The *record* of a facility is its inspections up to the day of the draw, that day included. It puts the facility into
one *stratum*: `never` inspected; a `critical` or else a `serious` finding in the last `record_days` days; `stale`, the
last inspection longer ago than that; `clean` otherwise. The policy gives each stratum a whole number, its *weight*; who
inspects where has no part in it, but for the recusals below.

**Facilities** are drawn without replacement, the chance of each exactly proportional to its weight, by systematic
sampling (Madow 1949) in an order that is itself drawn. Of n to be drawn, a facility with n w_i / W >= 1, W the sum of
all weights, is *certain*; it is taken out, n and W become smaller, and this is repeated until there is none. The m that
are left to draw have *inclusion probability* m w_i / W < 1. They are shuffled and laid end to end, each with the length
m w_i, on a line of length m W; a start u, a whole number below W, is drawn, and the facilities on which one of the
points u, u + W, ..., u + (m - 1) W falls are drawn. A piece is shorter than W, so at most one point falls on it, and of
the W starts exactly m w_i hit it: the probabilities are exact whatever the order, add up to n, and n are always drawn.
The shuffle lets any two uncertain facilities come together by chance only.

**Inspectors**, two at least for each facility, are drawn among those who are not *recused* there: a declared interest,
a former employer, or having inspected this place the last time. The facilities are gone through in the order of their
codes; for each one the others are shuffled, then those with the fewest facilities so far come first (of the same
number the shuffle decides), and the first ones go. Where too few are left the facility stays drawn and says so.

Everything is whole numbers and fractions, codes are ordered by their characters' numbers in Unicode, and chance comes
from `gis.analysis.draw.lot`: whoever repeats this gets the same to the last bit.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from gis.analysis.draw.lot import Lot
from gis.errors import DataRejected
from gis.texts import N_, _

Stratum = Literal["never", "critical", "serious", "stale", "clean"]
STRATA: Final[tuple[Stratum, ...]] = ("never", "critical", "serious", "stale", "clean")
Reason = Literal["interest", "former-employer", "inspected-last"]
REASONS: Final[Mapping[Reason, str]] = {
    "interest": N_("declared interest"),
    "former-employer": N_("former employer"),
    "inspected-last": N_("inspected this place last time"),
}
LEAST_INSPECTORS: Final = 2
LONGEST_DAYS: Final = 36_500
HEAVIEST: Final = 1_000_000


@dataclass(frozen=True)
class Terms:
    """What is settled before a draw. Raises DataRejected for terms that cannot be."""

    on: date
    count: int
    """Facilities to be drawn."""
    inspectors_each: int
    record_days: int
    weights: Mapping[str, int]
    """Stratum -> weight."""

    def __post_init__(self) -> None:
        if self.count < 1:
            raise DataRejected(_("A draw is of one facility at least; {count} was asked for.", count=self.count))
        if self.inspectors_each < LEAST_INSPECTORS:
            raise DataRejected(_("inspectors_each: at least {least} go together.", least=LEAST_INSPECTORS))
        if not 0 <= self.record_days <= LONGEST_DAYS:
            raise DataRejected(
                _("record_days: {days} is not from 0 to {most}.", days=self.record_days, most=LONGEST_DAYS)
            )
        if set(self.weights) != set(STRATA):
            raise DataRejected(_("weights: one number for each of {strata}.", strata=", ".join(STRATA)))
        for name, weight in self.weights.items():
            if not 1 <= weight <= HEAVIEST:
                raise DataRejected(
                    _("weights.{name}: {weight} is not from 1 to {most}.", name=name, weight=weight, most=HEAVIEST)
                )


@dataclass(frozen=True)
class Candidate:
    """A facility that may be drawn, with what its stratum and its recusals follow from."""

    code: str
    last_on: date | None = None
    """Day of the last inspection; None for never."""
    critical_on: date | None = None
    """Day of the last inspection with a critical finding."""
    serious_on: date | None = None
    last_inspectors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspector:
    """Somebody who may be drawn, with the codes of facilities that were declared."""

    code: str
    interests: tuple[str, ...] = ()
    former_employers: tuple[str, ...] = ()
    qualification: str | None = None


@dataclass(frozen=True)
class Pick:
    """A facility that was drawn, with those who go there; `inspectors` is empty where too few are left."""

    facility: str
    inspectors: tuple[str, ...]
    recused: tuple[tuple[str, Reason], ...]
    left: int
    """Inspectors who were not recused."""


def stratum_of(candidate: Candidate, terms: Terms) -> Stratum:
    """The stratum that the record of a facility puts it into.

    >>> terms = Terms(date(2026, 5, 1), 1, 2, 365, dict.fromkeys(STRATA, 1))
    >>> stratum_of(Candidate("F1", date(2026, 1, 1), serious_on=date(2025, 5, 1)), terms)
    'serious'
    """
    if candidate.last_on is None:
        return "never"
    first = terms.on.toordinal() - terms.record_days
    if candidate.critical_on is not None and candidate.critical_on.toordinal() >= first:
        return "critical"
    if candidate.serious_on is not None and candidate.serious_on.toordinal() >= first:
        return "serious"
    return "clean" if candidate.last_on.toordinal() >= first else "stale"


def inclusion_probabilities(weights: Sequence[int], count: int) -> list[Fraction]:
    """The chance of each to be among `count` drawn ones: exact, proportional to its weight, 1 where that would be more.

    >>> [str(p) for p in inclusion_probabilities([8, 1, 1, 2], 2)]
    ['1', '1/4', '1/4', '1/2']

    Raises DataRejected where there are fewer than `count`.
    """
    if count > len(weights):
        raise DataRejected(
            _(
                "{count} are to be drawn, but the list has only {size} facilities. Draw fewer.",
                count=count,
                size=len(weights),
            )
        )
    certain: set[int] = set()
    while True:
        left = count - len(certain)
        total = sum(weight for i, weight in enumerate(weights) if i not in certain)
        more = {i for i, weight in enumerate(weights) if i not in certain and left * weight >= total}
        if not more or not left:
            return [Fraction(1) if i in certain else Fraction(left * w, total) for i, w in enumerate(weights)]
        certain |= more


def select(weights: Sequence[int], count: int, lot: Lot) -> list[int]:
    """Places of those drawn, in order; each is among them with its inclusion probability. Raises DataRejected.

    >>> select([8, 1, 1, 2], 2, Lot("seed", "0" * 64, "facilities"))
    [0, 3]
    """
    chances = inclusion_probabilities(weights, count)
    drawn = [i for i, chance in enumerate(chances) if chance == 1]
    rest = [i for i, chance in enumerate(chances) if chance < 1]
    left, total = count - len(drawn), sum(weights[i] for i in rest)
    if not left:
        return drawn
    order, end = lot.shuffle(rest), 0
    point = lot.below(total)
    for i in order:
        end += left * weights[i]
        if point < end:
            drawn.append(i)
            point += total
    return sorted(drawn)


def recusals(candidate: Candidate, inspectors: Collection[Inspector]) -> list[tuple[str, Reason]]:
    """Who may not go there, in the order given, each with the first reason that holds."""
    found: list[tuple[str, Reason]] = []
    for inspector in inspectors:
        if candidate.code in inspector.interests:
            found.append((inspector.code, "interest"))
        elif candidate.code in inspector.former_employers:
            found.append((inspector.code, "former-employer"))
        elif inspector.code in candidate.last_inspectors:
            found.append((inspector.code, "inspected-last"))
    return found


def assign(drawn: Sequence[Candidate], inspectors: Sequence[Inspector], *, each: int, lot: Lot) -> list[Pick]:
    """For each facility, in the order given, `each` inspectors who are not recused; the visits are spread evenly."""
    load: Counter[str] = Counter()
    picks = []
    for candidate in drawn:
        recused = recusals(candidate, inspectors)
        barred = {code for code, _reason in recused}
        free = lot.shuffle([inspector.code for inspector in inspectors if inspector.code not in barred])
        going = sorted(sorted(free, key=lambda code: load[code])[:each]) if len(free) >= each else []
        load.update(going)
        picks.append(Pick(candidate.code, tuple(going), tuple(recused), len(free)))
    return picks


def require_inspectors(candidates: Collection[Candidate], inspectors: Sequence[Inspector], *, each: int) -> None:
    """Raises DataRejected where no draw could be inspected, whatever the seed: too few, or all of them recused."""
    if len(inspectors) < each:
        raise DataRejected(
            _(
                "{each} inspectors go to each facility, but {count} are named. Name more.",
                each=each,
                count=len(inspectors),
            )
        )
    if all(len(inspectors) - len(recusals(candidate, inspectors)) < each for candidate in candidates):
        raise DataRejected(
            _("No facility of the list has {each} inspectors who may go there. Name more inspectors.", each=each)
        )

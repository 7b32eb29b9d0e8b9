"""The proof of a draw: a JSON file that holds everything from which a stranger computes the draw anew.

It is written in one way only. The first line is `{` and the last `}`; between them each member of the outermost object
has a line of its own, and in a list each item has one (`[` and `]` stand at the ends of lines):

    format      `wangge-draw/1`
    terms       day, number of facilities, inspectors for each, days of the record, weight of each stratum
    candidates  a line for each facility, by code: its record, and the stratum, weight and probability that follow
    inspectors  a line for each inspector, by code, with what was declared
    list        how many of both, and `sha256`: the *hash of the list*, which is the link of the line before it
    commitment  SHA-256 of the seed followed by the nonce, when it was given, and when the list was frozen after it
    reveal      seed and nonce, and when they were shown after that
    drawn       a line for each facility drawn, by code: who goes there, who was recused and why
    seal        the link of the line before it

Each line but the first and the last carries a `link`, its last member. It is SHA-256 of the link of the line before it,
LF, and the line's own object as it stands there without `, "link": "..."`; before the first there is the format. So any
change breaks a link on its own line. Texts are in UTF-8, whole numbers without a point, fractions as `3/20`, days as
`2026-05-01`, moments in UTC as `2026-05-01T08:00:00.000000+00:00`; after `:` and `,` there is one blank, at the end of
a line none. The hash of the list depends on no moment and no seed; with the seed it decides what is drawn.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from gis.analysis.draw.choose import (
    Candidate,
    Inspector,
    Terms,
    assign,
    inclusion_probabilities,
    require_inspectors,
    select,
    stratum_of,
)
from gis.analysis.draw.lot import FORMAT, Lot
from gis.errors import DataRejected
from gis.texts import _

Document = dict[str, Any]
LISTED: Final = ("format", "terms", "candidates", "inspectors", "list")
"""What is settled when the list is frozen."""
WHOLE: Final = (*LISTED, "commitment", "reveal", "drawn", "seal")
LONGEST_SEED: Final = 200


@dataclass(frozen=True)
class Commitment:
    """A seed that was given away as a hash, and the moments of the draw. Raises DataRejected for a wrong order."""

    sha256: str
    committed_at: datetime
    frozen_at: datetime
    revealed_at: datetime

    def __post_init__(self) -> None:
        if not self.committed_at <= self.frozen_at <= self.revealed_at:
            raise DataRejected(_("The seed is committed first, then the list is frozen, then the seed is revealed."))


def check_seed(seed: str) -> str:
    """The seed. Raises DataRejected for none, for one that is too long, and for characters that cannot be seen."""
    if not seed.strip():
        raise DataRejected(_("The seed is missing: choose a text that nobody can guess."))
    if len(seed) > LONGEST_SEED or not seed.isprintable():
        raise DataRejected(_("A seed has at most {most} characters, all of which can be printed.", most=LONGEST_SEED))
    return seed


def commit(seed: str, nonce: str) -> str:
    """What is published before the list is frozen: SHA-256 of the seed followed by the nonce, both as UTF-8.

    >>> commit("2026", "0" * 64)
    'c86c6549d2c28f891a0f102e1d0549edc37f2cbb5dfc63b5a94dc58d11089fb1'
    """
    return hashlib.sha256((check_seed(seed) + nonce).encode()).hexdigest()


def require_seed(commitment: Commitment, seed: str, nonce: str) -> None:
    """Raises DataRejected where seed and nonce are not those of the commitment."""
    if commit(seed, nonce) != commitment.sha256:
        raise DataRejected(_("This is not the seed that was committed."))


class _Chain:
    """Gives each line its link."""

    def __init__(self, link: str = FORMAT) -> None:
        self.link = link

    def add(self, entry: Mapping[str, Any]) -> Document:
        self.link = hashlib.sha256(f"{self.link}\n{dump(entry)}".encode()).hexdigest()
        return {**entry, "link": self.link}


def freeze(terms: Terms, candidates: Sequence[Candidate], inspectors: Sequence[Inspector]) -> Document:
    """The list of a draw, ready to be published as its hash: the first members of a proof.

    Raises DataRejected for a code that stands twice, more to be drawn than there are, and too few inspectors.
    """
    candidates = sorted(candidates, key=lambda candidate: candidate.code)
    inspectors = sorted(inspectors, key=lambda inspector: inspector.code)
    _refuse_twins([candidate.code for candidate in candidates])
    _refuse_twins([inspector.code for inspector in inspectors])
    strata = [stratum_of(candidate, terms) for candidate in candidates]
    chances = inclusion_probabilities([terms.weights[stratum] for stratum in strata], terms.count)
    require_inspectors(candidates, inspectors, each=terms.inspectors_each)
    chain = _Chain()
    document: Document = {"format": FORMAT, "terms": chain.add(_terms_line(terms))}
    document["candidates"] = [
        chain.add({**_record_line(c), "stratum": s, "weight": terms.weights[s], "probability": _ratio(p)})
        for c, s, p in zip(candidates, strata, chances, strict=True)
    ]
    document["inspectors"] = [chain.add(_inspector_line(inspector)) for inspector in inspectors]
    counts = {"candidates": len(candidates), "inspectors": len(inspectors)}
    document["list"] = chain.add({**counts, "sha256": chain.link})
    return document


def draw(
    terms: Terms,
    candidates: Sequence[Candidate],
    inspectors: Sequence[Inspector],
    *,
    commitment: Commitment,
    seed: str,
    nonce: str,
) -> Document:
    """The whole proof: the list, the commitment, the seed, and what is drawn. Raises DataRejected as `freeze` does.

    Raises DataRejected too where seed and nonce are not those of the commitment.
    """
    require_seed(commitment, seed, nonce)
    document = freeze(terms, candidates, inspectors)
    lines, listed = document["candidates"], document["list"]["sha256"]
    places = select([line["weight"] for line in lines], terms.count, Lot(seed, listed, "facilities"))
    by_code = {candidate.code: candidate for candidate in candidates}
    picks = assign(
        [by_code[lines[place]["facility"]] for place in places],
        sorted(inspectors, key=lambda inspector: inspector.code),
        each=terms.inspectors_each,
        lot=Lot(seed, listed, "inspectors"),
    )
    chain = _Chain(document["list"]["link"])
    moments = {"committed_at": write_moment(commitment.committed_at), "frozen_at": write_moment(commitment.frozen_at)}
    document["commitment"] = chain.add({"sha256": commitment.sha256, **moments})
    document["reveal"] = chain.add({"seed": seed, "nonce": nonce, "revealed_at": write_moment(commitment.revealed_at)})
    document["drawn"] = [
        chain.add(
            {
                **{name: lines[place][name] for name in ("facility", "stratum", "probability")},
                "inspectors": list(pick.inspectors),
                "recused": [{"inspector": code, "reason": reason} for code, reason in pick.recused],
                "problem": None if pick.inspectors else f"too few inspectors: {pick.left} of {terms.inspectors_each}",
            }
        )
        for place, pick in zip(places, picks, strict=True)
    ]
    document["seal"] = chain.link
    return document


def render(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of a document, without their ends, each with the path of what stands on it.

    >>> [line for _path, line in render({"format": FORMAT, "drawn": [{"facility": "F1"}]})]
    ['{', '"format": "wangge-draw/1",', '"drawn": [', '{"facility": "F1"}', ']', '}']
    """
    lines = [("$", "{")]
    for number, (name, value) in enumerate(document.items(), start=1):
        comma, path = "," if number < len(document) else "", f"$.{name}"
        if isinstance(value, list):
            lines.append((path, f"{dump(name)}: ["))
            for place, item in enumerate(value):
                lines.append((f"{path}[{place}]", dump(item) + ("," if place + 1 < len(value) else "")))
            lines.append((path, "]" + comma))
        else:
            lines.append((path, f"{dump(name)}: {dump(value)}{comma}"))
    return [*lines, ("$", "}")]


def write(document: Mapping[str, Any]) -> bytes:
    """The file."""
    return "".join(f"{line}\n" for _path, line in render(document)).encode()


def dump(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False)


def write_moment(moment: datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _terms_line(terms: Terms) -> Document:
    numbers = {"count": terms.count, "inspectors_each": terms.inspectors_each, "record_days": terms.record_days}
    return {
        "on": terms.on.isoformat(),
        **numbers,
        "weights": {name: terms.weights[name] for name in sorted(terms.weights)},
    }


def _record_line(candidate: Candidate) -> Document:
    days = {name: getattr(candidate, name) for name in ("last_on", "critical_on", "serious_on")}
    return {
        "facility": candidate.code,
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "last_inspectors": sorted(set(candidate.last_inspectors)),
    }


def _inspector_line(inspector: Inspector) -> Document:
    return {
        "inspector": inspector.code,
        "interests": sorted(set(inspector.interests)),
        "former_employers": sorted(set(inspector.former_employers)),
        "qualification": inspector.qualification,
    }


def _ratio(chance: Fraction) -> str:
    return f"{chance.numerator}/{chance.denominator}"


def _refuse_twins(codes: Sequence[str]) -> None:
    twice = next((code for code, after in pairwise(codes) if code == after), None)
    if twice is not None:
        raise DataRejected(_("{code} stands twice in the list.", code=twice))

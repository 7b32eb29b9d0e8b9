"""Facilities with records, inspectors with interests, and draws of them, for tests."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from gis.analysis.draw.choose import STRATA, Candidate, Inspector, Terms
from gis.analysis.draw.proof import Commitment, commit, draw, write

ON = date(2026, 5, 1)
NONCE = "ab" * 32
AT = datetime(2026, 5, 1, 8, tzinfo=UTC)
WEIGHTS = {"never": 4, "critical": 6, "serious": 3, "stale": 2, "clean": 1}


def terms(count: int = 2, *, each: int = 2) -> Terms:
    """Terms of a draw."""
    return Terms(on=ON, count=count, inspectors_each=each, record_days=730, weights=WEIGHTS)


def town() -> list[Candidate]:
    """Seven facilities, one in each stratum and two more that are clean."""
    last = ON - timedelta(days=100)
    return [
        Candidate("F1"),
        Candidate("F2", last, critical_on=last, last_inspectors=("L1", "L2")),
        Candidate("F3", last, serious_on=last),
        Candidate("F4", ON - timedelta(days=1000)),
        Candidate("F5", last, critical_on=ON - timedelta(days=731)),
        Candidate("诊所6", last),
        Candidate("F7", last, last_inspectors=("L3",)),
    ]


def staff() -> list[Inspector]:
    """Four inspectors, some of whom declared something."""
    return [
        Inspector("L1", interests=("F1",)),
        Inspector("L2", former_employers=("F3",), qualification="超声"),
        Inspector("L3"),
        Inspector("L4", interests=("F7",), former_employers=("F7",)),
    ]


def commitment(seed: str = "五月") -> Commitment:
    """A commitment to the seed, and a list frozen a second later."""
    return Commitment(commit(seed, NONCE), AT, AT + timedelta(seconds=1), AT + timedelta(seconds=2))


def proof(count: int = 2, seed: str = "五月") -> bytes:
    """The file of a draw in the town."""
    found = draw(terms(count), town(), staff(), commitment=commitment(seed), seed=seed, nonce=NONCE)
    return write(found)


CODES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=4)
DAYS = st.none() | st.dates(date(2020, 1, 1), ON)


@st.composite
def districts(drawing: st.DrawFn) -> tuple[Terms, list[Candidate], list[Inspector]]:
    """Any terms, facilities with any record, and any inspectors."""
    places = drawing(st.lists(CODES, min_size=1, max_size=12, unique=True))
    people = drawing(st.lists(CODES, min_size=2, max_size=5, unique=True))
    some = st.lists(st.sampled_from(places), max_size=2).map(tuple)
    met = st.lists(st.sampled_from(people), max_size=2).map(tuple)
    weights: dict[str, int] = {name: drawing(st.integers(1, 9)) for name in STRATA}
    settled = Terms(ON, drawing(st.integers(1, len(places))), 2, drawing(st.integers(0, 1000)), weights)
    candidates = [
        Candidate(code, drawing(DAYS), drawing(DAYS), drawing(DAYS), last_inspectors=drawing(met)) for code in places
    ]
    return settled, candidates, [Inspector(code, drawing(some), drawing(some)) for code in people]

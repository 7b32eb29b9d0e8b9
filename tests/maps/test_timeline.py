"""The time line: where bars and marks stand."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.timeline import SIGNS, WIDTH, Timeline, draw_timeline

ON = date(2026, 6, 30)


@dataclass(frozen=True)
class Fact:
    """A fact of one lane."""

    start: date | None
    end: date | None
    tone: str = "plain"
    lane: str = "a"
    text: str = "x"

    @property
    def is_event(self) -> bool:
        """Of one day."""
        return self.start is not None and self.start == self.end


def draw(*facts: Fact) -> Timeline:
    """The picture of one lane."""
    return draw_timeline(facts, [("a", "A")], on=ON)


def test_periods_that_meet_share_a_row_and_others_do_not() -> None:
    """One licence after the other lies in one row, with the gap between them visible; two at once lie in two."""
    first, second = Fact(date(2020, 1, 1), date(2022, 1, 1)), Fact(date(2023, 1, 1), None)
    bars = draw(first, second).lanes[0].bars
    assert bars[0].y == bars[1].y
    assert bars[0].x + bars[0].width < bars[1].x - 20
    both = draw(first, Fact(date(2021, 12, 31), None)).lanes[0].bars
    assert both[0].y != both[1].y


@pytest.mark.parametrize(("start", "end"), [(None, None), (date(1, 1, 1), date(9999, 12, 31)), (None, date(1, 1, 2))])
def test_what_is_open_runs_to_the_edge(start: date | None, end: date | None) -> None:
    """Since always and still, and days beyond what is shown, stay inside the picture."""
    line = draw(Fact(start, end), Fact(date(2026, 1, 5), date(2026, 1, 5)))
    bar = line.lanes[0].bars[0]
    assert bar.x >= 0
    assert bar.x + bar.width <= WIDTH
    assert 1 <= len(line.years) <= 13


def test_marks_differ_by_their_sign() -> None:
    """Each tone has a sign of its own, so colour is not needed."""
    day = date(2026, 1, 5)
    marks = draw(*(Fact(day, day, tone) for tone in SIGNS)).lanes[0].marks
    assert len({mark.sign for mark in marks}) == len(SIGNS)


@given(st.lists(st.tuples(st.none() | st.dates(), st.none() | st.integers(0, 40_000)).filter(any), max_size=12))
def test_nothing_leaves_the_picture_and_nothing_is_left_out(rows: list[tuple[date | None, int | None]]) -> None:
    """Whatever the days: a bar or a mark for each fact, inside the picture and below the heading."""
    facts = [Fact(start, None if length is None or start is None else _after(start, length)) for start, length in rows]
    line = draw(*facts)
    for lane in line.lanes:
        for bar in lane.bars:
            assert 0 <= bar.x <= WIDTH
            assert lane.y < bar.y
            assert bar.y + bar.height <= line.height
        for mark in lane.marks:
            assert lane.y < mark.y < line.height
        assert len(lane.bars) + len(lane.marks) == len(facts)


def _after(start: date, days: int) -> date:
    return date.fromordinal(min(start.toordinal() + days, date.max.toordinal()))

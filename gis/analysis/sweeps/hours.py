"""Opening hours, as they stand in the register's column `hours`, for each day of the week.

The text is a list of rules divided by `;`. A rule names days, or none for every day, and then hours or that it is
closed; a later rule wins over an earlier one. Days: `Mo Tu We Th Fr Sa Su`, ranges with `-`, lists with `,`, `PH` for
public holidays, or 周一至周五, 工作日 (Monday to Friday), 周末, 节假日, 每天. Hours: `08:00-12:00,14:00-17:30`, at most
24:00, `24/7`. Closed: `off`, `closed`, 休息, 停业. That is the part of the opening_hours syntax of OpenStreetMap
(https://wiki.openstreetmap.org/wiki/Key:opening_hours) that registers use. What ends before it begins is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from gis.errors import DataRejected
from gis.texts import _

Span = tuple[int, int]
"""Minutes of the day, half-open."""
DAY_MINUTES: Final = 24 * 60

_WEEK: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
_CHINESE: Final = {name: number for number, name in enumerate("一二三四五六日")} | {"天": 6}
_ALWAYS: Final = ("24/7", "24小时", "全天")
_CLOSED: Final = ("off", "closed", "休息", "停业", "不营业", "关闭", "歇业")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-~至到]\s*(\d{1,2}):(\d{2})")
_DAYS: Final = re.compile(r"(?:周|星期|礼拜)?([一二三四五六日天])|\b(mo|tu|we|th|fr|sa|su)[a-z]*\b")
_GROUPS: Final = {"工作日": range(5), "周末": range(5, 7), "每天": range(7), "每日": range(7)}
_HOLIDAY: Final = ("ph", "节假日", "法定假日", "公休日")


@dataclass(frozen=True)
class Hours:
    """When a place is open. Raises ValueError unless there are seven days of ordered spans."""

    week: tuple[tuple[Span, ...], ...]
    """Monday first."""
    holidays: tuple[Span, ...] | None = None
    """On public holidays; None where the text says nothing of them."""

    def __post_init__(self) -> None:
        if len(self.week) != len(_WEEK):
            raise ValueError("a week has seven days")
        for spans in (*self.week, self.holidays or ()):
            if any(not 0 <= start < end <= DAY_MINUTES for start, end in spans):
                raise ValueError("a span begins before it ends, within the day")


def parse_hours(text: str) -> Hours:
    """The hours that a text tells of.

    Raises DataRejected for a text that is not understood, and for hours that end before they begin.

    >>> parse_hours("08:00-12:00,14:00-17:00").week[0]
    ((480, 720), (840, 1020))
    >>> [len(spans) for spans in parse_hours("周一至周五 08:30-17:30；周六 09:00-12:00").week]
    [1, 1, 1, 1, 1, 1, 0]
    """
    week: list[tuple[Span, ...]] = [()] * 7
    holidays: tuple[Span, ...] | None = None
    plain = unicodedata.normalize("NFKC", text).lower().replace("–", "-").replace("—", "-")
    for rule in filter(None, (part.strip() for part in re.split(r"[;。\n]", plain))):
        spans, days = _read_spans(rule, text)
        chosen, on_holidays = _read_days(days, text)
        for number in chosen:
            week[number] = spans
        holidays = spans if on_holidays else holidays
    if not plain.strip():
        raise _wrong(text)
    return Hours(tuple(week), holidays)


def _read_spans(rule: str, text: str) -> tuple[tuple[Span, ...], str]:
    """The hours of one rule, in order and merged, and what is left of it: the days."""
    for word in (*_ALWAYS, *_CLOSED):
        if rule.endswith(word):
            return ((0, DAY_MINUTES),) if word in _ALWAYS else (), rule.removesuffix(word).strip()
    found = list(_SPAN.finditer(rule))
    if not found or re.sub(r"[\s,、和及]", "", _SPAN.sub("", rule[found[0].start() :])):
        raise _wrong(text)
    spans: list[Span] = []
    for start, end in sorted(_minutes(match, text) for match in found):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans), rule[: found[0].start()].strip(" :")


def _minutes(match: re.Match[str], text: str) -> Span:
    first, second, third, fourth = (int(number) for number in match.groups())
    start, end = first * 60 + second, third * 60 + fourth
    if max(second, fourth) > 59 or max(start, end) > DAY_MINUTES:
        raise _wrong(text)
    if start >= end:
        raise DataRejected(
            _(
                'The hours "{hours}" end before they begin. Write hours past midnight as two spans, up to 24:00 and '
                "from 00:00.",
                hours=text,
            )
        )
    return start, end


def _read_days(days: str, text: str) -> tuple[list[int], bool]:
    """The days that a rule names (all for none), and whether it speaks of public holidays."""
    if not days:
        return list(range(7)), False
    chosen: list[int] = []
    holidays = False
    for part in filter(None, re.split(r"[,、\s]+(?![-~至到])", re.sub(r"\s*([-~至到])\s*", r"\1", days))):
        if part in _HOLIDAY:
            holidays = True
        elif part in _GROUPS:
            chosen += _GROUPS[part]
        else:
            chosen += _range_of_days(part, text)
    return chosen, holidays


def _range_of_days(part: str, text: str) -> list[int]:
    ends = re.split(r"[-~至到]", part)
    matches = [_DAYS.fullmatch(end) for end in ends]
    numbers = [_CHINESE[m[1]] if m[1] else _WEEK.index(m[2]) for m in matches if m]
    if len(numbers) != len(ends) or len(ends) > 2:
        raise _wrong(text)
    first, last = numbers[0], numbers[-1]
    return [day % 7 for day in range(first, last + 1 + (7 if last < first else 0))]


def _wrong(text: str) -> DataRejected:
    return DataRejected(
        _(
            'The hours "{hours}" are not understood. Write them like 08:00-12:00,14:00-17:30 or Mo-Fr 08:00-17:00.',
            hours=text,
        )
    )

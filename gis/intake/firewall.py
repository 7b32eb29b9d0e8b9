"""The person-data firewall: what may not come in, wherever in a file it stands.

wangge holds premises, licences and staff in their posts, and nothing about an individual woman, pregnancy, birth or
household. An import is a declared template: a column that its **source** does not declare is refused. A column that
smells of personal data, by header or by values, refuses the whole file; nothing of it is kept.

Numbers are judged per column, since one licence number in eleven with the right structure passes the checksum of a
resident number: in a **declared** column the file is refused from 30 % of the cells that are not empty, and fewer
give a warning to review. Elsewhere (undeclared columns, and the **hidden places**: other sheets, comments, extended
data, extra tables) one number that passes is enough. Two columns of dates 280 +- 14 days apart are a last period and
a due date. Names and work phones of staff are allowed in the columns that a source declares for staff.

A message names place, column, rule and number of cells, never a value.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.errors import DataRejected, FirewallRefused
from gis.intake.firewall_dates import DATES, days_of, pregnancy_rows
from gis.intake.firewall_report import (
    HEADER,
    HIDDEN,
    NAMES,
    Finding,
    as_json,
    refusal,
    refusal_of_text,
    review,
    safe_label,
)
from gis.intake.firewall_rules import MOBILE, OLD, PATTERN, RESIDENT, Hits, is_spread, number_hits
from gis.intake.firewall_words import PREGNANT_RESIDENT, name_share, personal_header, pregnancy_hits, text_hits
from gis.intake.read import HiddenPlace, RawFile
from gis.intake.source import Source, SourceColumn
from gis.texts import _
from gis.validate import Problem

REFUSING_SHARE: Final = 0.3
"""Share of the cells with content from which a column is personal data."""
PERIOD_SHARE, PERIOD_ROWS = 0.8, 20
"""Share and number of rows from which two declared dates 280 days apart are to be reviewed."""

_SMALLEST_NUMBER: Final = 1e10
"""No number of a person is smaller than this."""
_METADATA: Final = ("docProps/", "document")
"""Places that every workbook and every KML has: read like the others, not worth a warning."""
_HEADER_ROWS: Final = 5
_HEADER_LENGTH: Final = 16


@dataclass(frozen=True)
class _Column:
    label: str
    """What a message may call it."""
    header: str
    cells: pa.Array
    declared: SourceColumn | None
    known: bool
    """Declared, or technical columns of the file format."""

    @property
    def filled(self) -> int:
        """Number of cells with content."""
        blank = pc.or_(pc.utf8_is_space(self.cells), pc.equal(pc.binary_length(self.cells), 0))
        return int(len(self.cells) - self.cells.null_count - (pc.sum(blank).as_py() or 0))


def inspect(raw: RawFile, source: Source) -> tuple[Problem, ...]:
    """Warnings to review, for a file that may come in.

    Raises FirewallRefused where the file holds personal data (`details["findings"]`: place, column, rule, cells),
    DataRejected where it has a harmless column that the source does not declare.
    """
    headers = frozenset(str(h) for h in raw.frame.columns)
    columns = list(_columns(raw.frame, source, resolved=headers))
    findings = list(_table_findings(columns, place=None))
    for place in raw.hidden:
        findings += _hidden_findings(place, source, resolved=headers)
    refused = [f for f in findings if f.refuses]
    if refused:
        raise FirewallRefused(refusal(refused), details={"findings": [as_json(f) for f in refused]})
    _reject_unknown(columns, source)
    return tuple(review(f) for f in findings)


def inspect_text(text: str) -> tuple[str, ...]:
    """The rules that one running text hits, in alphabetical order; empty for a text that may be kept.

    >>> inspect_text("联系人电话 138 1234 5678")
    ('mobile-number',)
    >>> inspect_text("超声机 QS-A-0001 未登记，限 2026-05-01 前整改")
    ()
    """
    cells = pa.array([unicodedata.normalize("NFKC", text)], type=pa.large_string())
    numbers = number_hits(cells)
    numbers.pop(PATTERN, None)
    return tuple(sorted({*numbers, *text_hits(cells, numbers)}))


def refuse_person_data(text: str | None, *, field: str) -> None:
    """Raises FirewallRefused where a running text of a form hits a rule; the message names field and rules only."""
    rules = inspect_text(text) if text else ()
    if rules:
        findings = [{"place": None, "column": field, "rule": rule, "cells": 1} for rule in rules]
        raise FirewallRefused(refusal_of_text(field, rules), details={"findings": findings})


def _columns(frame: pd.DataFrame, source: Source, *, resolved: frozenset[str]) -> Iterator[_Column]:
    """The columns of a table; only headers in `resolved` may count as declared."""
    declared = {c.name: c for c in source.columns}
    ignored = {_folded(name) for name in source.ignored}
    for position, name in enumerate(frame.columns):
        header = str(name)
        canonical = source.resolve(header) if header in resolved else None
        column = declared[canonical] if canonical is not None else None
        known = column is not None or (header in resolved and _folded(header) in ignored)
        cells = pa.array(frame.iloc[:, position], type=pa.large_string(), from_pandas=True)
        if isinstance(cells, pa.ChunkedArray):
            cells = cells.combine_chunks()
        yield _Column(safe_label(header, position), header, cells, column, known)


def _folded(header: str) -> str:
    return "".join(unicodedata.normalize("NFKC", header).split()).casefold()


def _table_findings(columns: list[_Column], *, place: str | None) -> Iterator[Finding]:
    for column in columns:
        yield from _header_findings(column, place)
        yield from _value_findings(column, place)
    yield from _date_findings(columns, place)


def _header_findings(column: _Column, place: str | None) -> Iterator[Finding]:
    """Headers that name a person's data, and headers that are such data (a table without a header row)."""
    if column.known:
        return
    if personal_header(column.header):
        yield Finding(place, column.label, HEADER, column.filled, refuses=True)
    for rule in number_hits(pa.array([column.header], type=pa.large_string())):
        yield Finding(place, column.label, rule, 1, refuses=True)


def _value_findings(column: _Column, place: str | None) -> Iterator[Finding]:
    """The rules that the cells hit. A share of the cells refuses; in a column nobody declared, less does."""
    if _holds_small_numbers(column):
        return
    hits = _number_hits(column)
    if not column.known or (column.declared is not None and column.declared.free_text):
        hits |= text_hits(column.cells, hits)
    if not column.known:
        hits |= pregnancy_hits(column.cells, anywhere=place is None)  # a sheet of instructions may speak of it
    if not hits:
        return
    any_rule = np.logical_or.reduce(list(hits.values()))
    refuses = any_rule.sum() >= REFUSING_SHARE * column.filled
    refuses |= PREGNANT_RESIDENT in hits or (not column.known and RESIDENT in hits)
    for rule, hit in hits.items():
        yield _finding(column, place, rule, hit, refuses=bool(refuses))


def _number_hits(column: _Column) -> Hits:
    hits = number_hits(column.cells)
    if column.known:
        hits.pop(PATTERN, None)
    if column.declared is not None and column.declared.staff:
        hits.pop(MOBILE, None)
    if column.declared is not None and column.declared.type == "code":
        for rule in (OLD, MOBILE):
            if rule in hits and not is_spread(column.cells, hits[rule], rule):
                del hits[rule]
    return hits


def _holds_small_numbers(column: _Column) -> bool:
    """Whether a declared column of numbers, such as coordinates, is too small for any number of a person."""
    if column.declared is None or column.declared.type not in ("number", "integer"):
        return False
    try:
        largest = pc.max(pc.abs(pc.cast(column.cells, pa.float64()))).as_py()
    except pa.ArrowInvalid:
        return False
    return largest is None or largest < _SMALLEST_NUMBER


def _date_findings(columns: list[_Column], place: str | None) -> Iterator[Finding]:
    dated = [
        (column, days)
        for column in columns
        if column.declared is None or column.declared.type not in ("number", "integer")
        if (days := days_of(column.cells, serials=not column.known)) is not None
    ]
    for (one, first), (two, second) in combinations(dated, 2):
        hit, share, rows = pregnancy_rows(first, second)
        both_known = one.known and two.known
        if share >= (PERIOD_SHARE if both_known else REFUSING_SHARE) and not (both_known and rows < PERIOD_ROWS):
            for column in (one, two):
                yield _finding(column, place, DATES, hit, refuses=not both_known)


def _hidden_findings(place: HiddenPlace, source: Source, *, resolved: frozenset[str]) -> Iterator[Finding]:
    """A hidden place is judged like undeclared columns, except for headers of the main table that stand in it too."""
    label = safe_label(place.name, None)
    columns = list(_columns(place.frame, source, resolved=resolved))
    findings = list(_table_findings(columns, place=label))
    findings += [f for column in columns for f in _header_row_findings(column, place.frame, label)]
    numbers = [c for c in columns if not c.known and _number_hits(c)]
    findings += [
        Finding(label, c.label, NAMES, c.filled, refuses=True)
        for c in columns
        if numbers and not c.known and name_share(c.cells) >= REFUSING_SHARE
    ]
    yield from findings
    cells = sum(c.filled for c in columns)
    if cells and not all(c.known for c in columns) and not place.name.startswith(_METADATA):
        yield Finding(label, "", HIDDEN, cells, refuses=False)


def _header_row_findings(column: _Column, frame: pd.DataFrame, place: str) -> Iterator[Finding]:
    """Headers may stand below a title: short cells among the first rows that hold nothing else are headers too."""
    if column.known:
        return
    for row in range(min(_HEADER_ROWS, len(frame))):
        cells = [str(c).strip() for c in frame.iloc[row] if isinstance(c, str) and c.strip()]
        is_header = all(len(c) <= _HEADER_LENGTH for c in cells) and (row == 0 or len(cells) > 1)
        cell = column.cells[row].as_py()
        if is_header and cell and personal_header(cell):
            yield Finding(place, column.label, HEADER, column.filled, refuses=True)
            return


def _finding(column: _Column, place: str | None, rule: str, hit: NDArray[np.bool_], *, refuses: bool) -> Finding:
    return Finding(place, column.label, rule, int(hit.sum()), refuses, int(hit.argmax()) + 1)


def _reject_unknown(columns: list[_Column], source: Source) -> None:
    """Raises DataRejected for undeclared columns; one without header and content is no column."""
    unknown = [c.label for c in columns if not c.known and (c.header.strip() or c.filled)]
    if unknown:
        raise DataRejected(
            _(
                "Unknown column {columns}. The columns of {kind} are {declared}. Remove it or rename it.",
                columns=", ".join(unknown),
                kind=source.kind,
                declared=", ".join(c.name for c in source.columns),
            ),
            details={"columns": unknown},
        )

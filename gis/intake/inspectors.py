"""The file of those who may be drawn: codes of officers, with the facilities that each of them keeps away from."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gis.errors import DataRejected
from gis.intake.firewall import inspect
from gis.intake.normalise import match_columns, read_columns
from gis.intake.position import FileProblem
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.texts import _

MOST: Final = 5000
"""Rows of a file."""
LONGEST: Final = 200
"""Characters of a code or a qualification."""
_BETWEEN: Final = re.compile("[;；]")


@dataclass(frozen=True)
class NamedInspector:
    """One row of the file."""

    row: int
    code: str
    interests: tuple[str, ...]
    former_employers: tuple[str, ...]
    qualification: str | None


def read_inspectors(path: Path) -> list[NamedInspector]:
    """The inspectors of a file. Raises FirewallRefused, and DataRejected naming file, row and column."""
    source = load_source("inspectors")
    raw = read_file(path, source)
    inspect(raw, source)
    try:
        headers = match_columns(raw, source)
    except FileProblem as error:
        raise DataRejected(
            _("{file}: {column}: {why}", file=path.name, column=error.problem.column, why=error)
        ) from None
    if len(raw.frame) > MOST:
        raise DataRejected(_("{file} has more than {most} rows.", file=path.name, most=MOST))
    cells, problems, _notes = read_columns(raw, source, headers)
    if problems:
        first = problems[0]
        raise _wrong(path, first.row, first.column, first.message)
    return _rows(path, cells.astype(object).where(cells.notna(), None).to_dict("index"))


def split_codes(text: str | None) -> tuple[str, ...]:
    """The codes of a cell.

    >>> split_codes("F1; F2；F1;")
    ('F1', 'F2')
    """
    return tuple(dict.fromkeys(part.strip() for part in _BETWEEN.split(text or "") if part.strip()))


def _rows(path: Path, rows: dict[Any, dict[Any, Any]]) -> list[NamedInspector]:
    found: dict[str, NamedInspector] = {}
    for row, cells in rows.items():
        code = cells["officer_code"]
        if code is None:
            raise _wrong(path, row, "officer_code", _("the code is missing. Write it."))
        if code in found:
            raise _wrong(path, row, "officer_code", _("{code} stands twice. Keep one row.", code=code))
        texts = [text for text in cells.values() if text is not None]
        named = NamedInspector(
            row=int(row),
            code=code,
            interests=split_codes(cells.get("interests")),
            former_employers=split_codes(cells.get("former_employer")),
            qualification=cells.get("qualification"),
        )
        parts = [code, named.qualification or "", *named.interests, *named.former_employers]
        if any(len(part) > LONGEST for part in parts) or not all(text.isprintable() for text in texts):
            raise _wrong(path, row, None, _("a text is longer than {most} characters, or unreadable.", most=LONGEST))
        found[code] = named
    return list(found.values())


def _wrong(path: Path, row: int | None, column: str | None, why: str) -> DataRejected:
    return DataRejected(
        _("{file}, row {row}, {column}: {why}", file=path.name, row=row, column=column or "*", why=why),
        details={"file": path.name, "row": row, "column": column},
    )

"""Tables of files that are read, reckoned with and not stored: all rows good, or one refusal that says why not."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from gis.errors import DataRejected
from gis.intake.firewall import inspect
from gis.intake.normalise import match_columns, read_columns
from gis.intake.position import FileProblem
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.texts import _
from gis.validate import Problem

NAMED: Final = 5
"""Problems that the message of a refusal holds; its details hold all."""

Check = Callable[[pd.DataFrame], Iterable[Problem]]


def read_table(file: Path, kind: str, check: Check, *, encoding: str | None = None) -> pd.DataFrame:
    """The columns that the source of a kind and the file have, all rows good, indexed by row number from 1.

    Raises DataRejected with every problem of the file, and FirewallRefused.
    """
    source = load_source(kind)
    raw = read_file(file, source, encoding=encoding)
    inspect(raw, source)
    try:
        cells, problems, _notes = read_columns(raw, source, match_columns(raw, source))
    except FileProblem as refusal:
        raise refuse(file, [refusal.problem]) from None
    numbers = {column.name: "float64" for column in source.columns if column.type == "number" and column.name in cells}
    frame = cells.astype(numbers)
    unread = {(p.row, p.column) for p in problems}
    problems += [p for p in check(frame) if (p.row, p.column) not in unread]
    if problems:
        raise refuse(file, sorted(problems, key=lambda p: -1 if p.row is None else p.row))
    return frame


def refuse(file: Path, problems: Sequence[Problem]) -> DataRejected:
    """The refusal of a file: one message with its first problems, and all of them in the details."""
    lines = [p.message for p in problems[:NAMED]]
    if len(problems) > NAMED:
        lines.append(_("{count} more problems; --format json lists them all.", count=len(problems) - NAMED))
    text = f"{file.name}: " + "\n".join(lines)
    return DataRejected(text, details={"file": file.name, "problems": [vars(p) for p in problems]})

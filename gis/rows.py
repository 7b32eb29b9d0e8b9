"""Rows of frames as plain values, for JSON and for templates, and the hash of such values."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON-ready values: missing is None, days are ISO text; geometry is left out.

    >>> records(pd.DataFrame({"day": pd.to_datetime(["2026-01-31", None]), "n": [1, 2]}))
    [{'day': '2026-01-31', 'n': 1}, {'day': None, 'n': 2}]
    """
    columns = {str(name): _plain(column) for name, column in frame.items() if name != "geometry"}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(column: "pd.Series[Any]") -> list[Any]:
    missing = column.isna().to_numpy()
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    values = column.to_list()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)] if missing.any() else values


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its days and moments as ISO 8601 texts.

    >>> plain({"due_on": date(2026, 10, 8), "state": "open"})
    {'due_on': '2026-10-08', 'state': 'open'}
    """
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def seal(value: object) -> str:
    """SHA-256 of a value as JSON in one form only: keys in order, no blanks, UTF-8. What a receipt is checked by.

    >>> seal({"b": 1, "a": "是"}) == hashlib.sha256('{"a":"是","b":1}'.encode()).hexdigest()
    True
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

"""What lists of premises share: the filters of their search forms, the choices of areas, and the file taken out."""

import io
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import pandas as pd

from gis.analysis.areas.nesting import Nesting, nest
from gis.errors import UsageError
from gis.spreadsheet import neutralise
from gis.texts import _
from maps.sheets.table import Column, Table, cell
from maps.sheets.workbook import write_workbook

ENDINGS: Final = ("csv", "xlsx")
"""Of the files that a list can be taken out as."""
_SEARCHED: Final = ("code", "name", "address")

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Filter:
    """Which premises are asked for; None picks everything."""

    q: str | None = None
    """Part of a code, a name or an address, in any case."""
    kind: str | None = None
    area: str | None = None
    """Code of an area; what lies below it counts too."""


def narrow(frame: Frame, tree: Nesting, wanted: Filter) -> Frame:
    """The rows that fit, of a frame with code, name, address, kind and area."""
    if wanted.q:
        columns = (frame[name].str.contains(wanted.q, case=False, regex=False, na=False) for name in _SEARCHED)
        frame = frame[pd.concat(columns, axis=1).any(axis=1)]
    if wanted.kind:
        frame = frame[frame["kind"] == wanted.kind]
    if wanted.area:
        frame = frame[frame["area"].isin(areas_inside(tree, wanted.area))]
    return frame


def areas_inside(tree: Nesting, area: str) -> set[str]:
    """An area and all below it; nothing for one that is not in the tree."""
    return {area, *tree.descendants(area)} if area in tree.parents else set()


def name_areas(areas: pd.DataFrame) -> dict[str, str]:
    """Code -> name, with the name of the parent before it where that is among the areas and no top."""
    names = dict(zip(areas["code"], areas["name"], strict=True))
    parents = dict(zip(areas["code"], areas["parent_code"], strict=True))
    return {
        code: f"{names[parent]} {name}" if (parent := parents[code]) in parents and parents[parent] in names else name
        for code, name in names.items()
    }


def area_choices(
    areas: pd.DataFrame, levels: tuple[str, ...], *, chosen: str | None = None, deep: bool = False
) -> list[dict[str, Any]]:
    """code, name and depth of the areas in the order of a tree; of the lowest level only tops and the one chosen.

    With `deep` the whole lowest level as well.
    """
    tree, names = nest(areas), dict(zip(areas["code"], areas["name"], strict=True))
    lowest = set() if deep else set(areas.loc[areas["level"] == levels[-1], "code"])
    tops = [code for code in tree.order if tree.parents[code] is None]
    ordered: list[str] = []
    left = tops[::-1]
    while left:
        code = left.pop()
        ordered.append(code)
        left += [below for below in reversed(tree.children(code)) if below not in lowest or below == chosen]
    return [{"code": code, "name": names[code], "depth": len(tree.ancestors(code))} for code in ordered]


def require_ending(ending: str) -> None:
    """Raises UsageError for a file that a list cannot be taken out as."""
    if ending not in ENDINGS:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(ENDINGS)))


def write_table(frame: pd.DataFrame, headings: dict[str, str], ending: str, *, title: str, on: date) -> bytes:
    """A frame as a file for a spreadsheet, its columns named in the reader's language."""
    named = frame.rename(columns={name: _(heading) for name, heading in headings.items()})
    if ending == "csv":
        buffer = io.StringIO()
        neutralise(named).to_csv(buffer, index=False, lineterminator="\r\n")
        return buffer.getvalue().encode("utf-8-sig")
    columns = tuple(
        Column(str(name), "count" if pd.api.types.is_numeric_dtype(named[name]) else "text", 16) for name in named
    )
    rows = [tuple(cell(value) for value in row) for row in named.itertuples(index=False, name=None)]
    return write_workbook([Table(title, columns, rows)], title=title, on=on)

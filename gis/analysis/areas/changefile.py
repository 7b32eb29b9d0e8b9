"""The rows of an area change: which areas end, which begin, and what a row may leave out.

A change file has the columns of an areas file and `old_code`. A split has one row for each part, each naming the
one area that it was part of; a merge names two or more old areas in one row, `;` between them; a redraw gives an area
another polygon (or name) under the same code; a recode gives another code to the same polygon. One file may hold
several changes of the same kind that begin on the same day.

A row takes over what it leaves out where the old area answers it: the level always; the parent where all old areas
have the same one; the name where the code stays or only the code changes; the dwellings of a recode, and the sum of
those of a merge; the polygon of a recode, and the union of those of a merge. A part's dwellings cannot be
known from the whole, nor those of a new polygon from the old one, so they stay unknown. A redraw without a polygon
keeps the old one and changes the rest. A recode leads parents along: where a street and its villages change codes in
one file, the villages name the new code of the street.

The day of the change is no matter of the file: `valid_from` and `valid_to` are not read from it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, cast

import geopandas as gpd
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon

from gis.analysis.areas.nesting import in_force
from gis.crs import STORAGE
from gis.errors import DataRejected
from gis.tables import AREAS, ChangeKind
from gis.texts import _

_ONE_TO_MANY: Final = 2

Polygonal = Polygon | MultiPolygon


@dataclass(frozen=True)
class ChangeRow:
    """One row of a change file: the new code and the old ones; `given` holds what else is filled in."""

    number: int
    code: str
    old_codes: tuple[str, ...]
    given: dict[str, Any]

    def refuse(self, column: str, problem: str) -> DataRejected:
        """The error that this row's cell stops the change with."""
        return DataRejected(
            _("Row {row}, column {column}: {problem}", row=self.number, column=column, problem=problem),
            details={"row": self.number, "column": column, "code": self.code},
        )


def read_rows(kind: ChangeKind, file: pd.DataFrame) -> tuple[ChangeRow, ...]:
    """The rows of a change file, each with as many old codes as the kind asks for. Raises DataRejected."""
    if "code" not in file or (kind != "redraw" and "old_code" not in file):
        raise DataRejected(
            _("The file needs the columns code and old_code; see `wangge areas {kind} --help`.", kind=kind)
        )
    if file.empty:
        raise DataRejected(_("The file has no rows."))
    numbers = file.index if file.index.name == "row" else range(1, len(file) + 1)
    rows = tuple(
        _read_row(kind, int(number), record) for number, record in zip(numbers, file.to_dict("records"), strict=True)
    )
    _refuse_repeats(kind, rows)
    return rows


def _read_row(kind: ChangeKind, number: int, record: dict[Any, Any]) -> ChangeRow:
    given = {str(name): value for name, value in record.items() if value is not None and not _is_missing(value)}
    code = str(given.pop("code", "")).strip()
    text = str(given.pop("old_code", code if kind == "redraw" else "")).replace("；", ";")
    old_codes = tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    row = ChangeRow(number, code, old_codes, given)
    if not code:
        raise row.refuse("code", _("the new code is missing."))
    if kind == "merge" and len(old_codes) < _ONE_TO_MANY:
        raise row.refuse("old_code", _("a merge names two or more old codes with ; between them."))
    if kind != "merge" and len(old_codes) != 1:
        raise row.refuse("old_code", _("name exactly one old code."))
    if kind == "redraw" and old_codes != (code,):
        raise row.refuse("old_code", _("a redraw keeps the code {code}; use a recode to change it.", code=code))
    if kind == "recode" and old_codes == (code,):
        raise row.refuse("code", _("a recode needs another code than {code}; use a redraw to keep it.", code=code))
    return row


def _is_missing(value: object) -> bool:
    if isinstance(value, shapely.Geometry):
        return False
    return bool(pd.isna(cast("Any", value))) or value == ""


def _refuse_repeats(kind: ChangeKind, rows: Sequence[ChangeRow]) -> None:
    codes: set[str] = set()
    for row in rows:
        if row.code in codes:
            raise row.refuse("code", _("{code} stands in an earlier row too.", code=row.code))
        codes.add(row.code)
    named = Counter(old for row in rows for old in row.old_codes)
    for row in rows:
        for old in row.old_codes:
            if kind != "split" and named[old] > 1:
                raise row.refuse("old_code", _("{code} stands in another row too.", code=old))
            if kind == "split" and named[old] < _ONE_TO_MANY:
                raise row.refuse("old_code", _("{code} is split into two or more parts; only one is given.", code=old))


def pair_codes(kind: ChangeKind, rows: Sequence[ChangeRow]) -> pd.DataFrame:
    """`old_code, new_code` of the areas that may share ground: those of a row; in a redraw any with any."""
    if kind == "redraw":
        codes = [row.code for row in rows]
        pairs = [(old, new) for old in codes for new in codes]
    else:
        pairs = [(old, row.code) for row in rows for old in row.old_codes]
    return pd.DataFrame(pairs, columns=["old_code", "new_code"], dtype="str")


def find_ending(rows: Sequence[ChangeRow], areas: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """The versions that end on the day, by code, RangeIndex.

    Raises DataRejected for an unknown code, an area that is not in force on the day, begins on it or after it, or
    was changed later already, and for a new code that another area has on the day or later.
    """
    day = pd.Timestamp(on)
    named = {old: row for row in rows for old in row.old_codes}
    ours = areas[areas["code"].isin(list(named))].sort_values(["code", "valid_from"], na_position="first")
    first, last = (
        part.set_index("code") for part in (ours.drop_duplicates("code"), ours.drop_duplicates("code", keep="last"))
    )
    begins, last_begins, last_ends = (s.to_dict() for s in (first["valid_from"], last["valid_from"], last["valid_to"]))
    for code, row in named.items():
        if code not in begins:
            raise row.refuse("old_code", _("there is no area {code}.", code=code))
        problem = _why_not(code, begins[code], last_begins[code], last_ends[code], day)
        if problem:
            raise row.refuse("old_code", problem)
    lasting = areas["valid_to"].isna() | (areas["valid_to"] > day)
    taken = set(areas.loc[lasting, "code"]) - set(named)
    for row in rows:
        if row.code in taken:
            raise row.refuse("code", _("an area {code} exists already; choose a code that is free.", code=row.code))
    return in_force(ours, on).reset_index(drop=True)[[*AREAS.columns, "geometry"]]


def _why_not(
    code: str, begins: pd.Timestamp, last_begins: pd.Timestamp, last_ends: pd.Timestamp, day: pd.Timestamp
) -> str | None:
    """Why an area cannot end on the day, by its first day and its last version; None where it can."""
    if begins > day:
        return _("{code} begins only on {begins}; choose a date after it.", code=code, begins=begins.date())
    if last_ends <= day:
        return _("{code} ended on {ended}.", code=code, ended=last_ends.date())
    if last_begins > day or last_ends > day:
        changes = last_begins if last_begins > day else last_ends
        return _("{code} changes on {changes}, later than this. Undo that first.", code=code, changes=changes.date())
    if last_begins == day:
        return _("{code} begins on that very day; choose a later date.", code=code)
    return None


class _Old(NamedTuple):
    """What a row may take over from an old area."""

    name: str
    level: str
    parent_code: str | None
    dwellings: int | None
    geometry: Polygonal


def build_beginning(
    kind: ChangeKind, rows: Sequence[ChangeRow], before: gpd.GeoDataFrame, *, on: date
) -> gpd.GeoDataFrame:
    """The areas that begin on the day, in the order of the rows: canonical columns, RangeIndex.

    Raises DataRejected where a row leaves out what the old areas do not answer, or contradicts what must stay.
    """
    fields = before[list(_Old._fields)].astype(object)
    old = dict(zip(before["code"], map(_Old._make, fields.itertuples(index=False)), strict=True))
    moved: dict[str, list[str]] = {}
    for row in rows:
        for code in row.old_codes:
            moved.setdefault(code, []).append(row.code)
    records = []
    for row in rows:
        olds = [old[code] for code in row.old_codes]
        records.append(
            {
                "code": row.code,
                "name": _name(kind, row, olds),
                "level": _level(row, olds),
                "parent_code": _parent(row, olds, moved),
                "dwellings": _dwellings(kind, row, olds),
                "geometry": _polygon(kind, row, olds),
            }
        )
    frame = gpd.GeoDataFrame(records, geometry="geometry", crs=STORAGE)
    frame["valid_from"], frame["valid_to"] = pd.Timestamp(on), pd.NaT
    types = {"dwellings": "Int64", "valid_from": "datetime64[s]", "valid_to": "datetime64[s]"}
    text = dict.fromkeys(("code", "name", "level", "parent_code"), "str")
    return frame.astype(types | text)[[*AREAS.columns, "geometry"]]


def _name(kind: ChangeKind, row: ChangeRow, olds: Sequence[_Old]) -> str:
    if "name" in row.given:
        return str(row.given["name"])
    if kind == "recode":
        return olds[0].name
    if row.code in row.old_codes:
        return olds[row.old_codes.index(row.code)].name
    raise row.refuse("name", _("a new area needs a name."))


def _level(row: ChangeRow, olds: Sequence[_Old]) -> str:
    levels = sorted({old.level for old in olds})
    if len(levels) > 1:
        raise row.refuse("old_code", _("areas of different levels ({levels}) do not merge.", levels=", ".join(levels)))
    if row.given.get("level", levels[0]) != levels[0]:
        raise row.refuse("level", _("the level stays {level}.", level=levels[0]))
    return levels[0]


def _parent(row: ChangeRow, olds: Sequence[_Old], moved: dict[str, list[str]]) -> str | None:
    if "parent_code" in row.given:
        return str(row.given["parent_code"])
    parents = {old.parent_code for old in olds if isinstance(old.parent_code, str)}
    options = sorted({new for parent in parents for new in moved.get(parent, [parent])})
    if len(options) > 1:
        raise row.refuse("parent_code", _("the parent may be any of {codes}; name one.", codes=", ".join(options)))
    return options[0] if options else None


def _dwellings(kind: ChangeKind, row: ChangeRow, olds: Sequence[_Old]) -> int | None:
    if "dwellings" in row.given:
        return int(row.given["dwellings"])
    same_ground = kind != "split" and (kind != "redraw" or "geometry" not in row.given)
    known = [old.dwellings for old in olds if not _is_missing(old.dwellings)]
    return sum(int(n) for n in known if n is not None) if same_ground and len(known) == len(olds) else None


def _polygon(kind: ChangeKind, row: ChangeRow, olds: Sequence[_Old]) -> Polygonal:
    if "geometry" in row.given and kind != "recode":
        return cast("Polygonal", row.given["geometry"])
    if kind == "merge":
        return cast("Polygonal", shapely.union_all([old.geometry for old in olds]))
    if kind == "recode" or (kind == "redraw" and row.given):
        return olds[0].geometry
    raise row.refuse("geometry", _("the polygon is missing."))

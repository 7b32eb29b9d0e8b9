"""The leader's report: who answers for every area of a district on a day, and where nobody does, or two do.

Everything in it is what the responsibility map shows (`maps.responsibility.ResponsibilityData`), with the columns
that the reader's role may see. Officers stand in the order of their code: the report ranks nobody.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import pandas as pd

from gis.texts import N_, Language, _, use_language
from maps.responsibility import STATES, ResponsibilityData
from maps.sheets.drawing import NUMBERED, Picture, draw_map
from maps.sheets.table import Cell, Column, Table, day, plain_text, printed, rows_of
from maps.sheets.typeset import typeset
from maps.sheets.workbook import write_workbook
from maps.texts import RESPONSIBILITY

FAULTS: Final[Mapping[str, str]] = {"hole": N_("Holes"), "overlap": N_("Overlaps"), "outside": N_("Outsides")}

Officers = Mapping[str, str]
"""Code of an officer -> name, of those whom the reader may see."""


def responsibility_sheet(data: ResponsibilityData, *, lang: Language, officers: Officers | None = None) -> bytes:
    """The report as PDF, A4; without `officers` the workload names codes alone."""
    with use_language(lang):
        picture = draw_map(data)
        content = sheet_content(data, picture, officers=officers or {})
        pictures = {"map.svg": picture.svg} if picture else {}
        return typeset("responsibility", content, lang=lang, on=data.on, pictures=pictures)


def responsibility_workbook(data: ResponsibilityData, *, lang: Language, officers: Officers | None = None) -> bytes:
    """The report as XLSX: numbers, every area with its officer, vacant, doubled, faults, orphans, workload."""
    officers = officers or {}
    with use_language(lang):
        tables = [_count_all(data), _count_levels(data), _list_duties(data, tuple(data.levels)), _list_vacant(data)]
        tables += [_list_doubled(data, officers), _list_faults(data), _list_orphans(data), _list_work(data, officers)]
        return write_workbook(tables, title=_title(data), on=data.on)


def sheet_content(data: ResponsibilityData, picture: Picture | None, *, officers: Officers) -> dict[str, Any]:
    """What the template prints, as texts in the current language."""
    listed = data.levels[:-1] if len(data.levels) > 2 else data.levels
    none, footer = _("None"), RESPONSIBILITY["footer"]
    return {
        "title": _title(data),
        "under": _days(data),
        "page": _("Page {page} of {pages}"),
        "footer": _(footer),
        "levels": printed(_count_levels(data), empty=none),
        "counts": printed(_count_all(data), empty=none),
        "map": _map_content(data, picture) if picture else None,
        "tables": [
            printed(table, empty=none)
            for table in (
                _list_duties(data, listed),
                _list_vacant(data),
                _list_doubled(data, officers),
                _list_faults(data),
                _list_orphans(data),
                _list_work(data, officers),
            )
        ],
    }


def _map_content(data: ResponsibilityData, picture: Picture) -> dict[str, str]:
    level, states = _level(picture.level), data.areas.loc[data.areas["level"] == picture.level, "state"].value_counts()
    smaller = set(data.areas["level"]) & set(data.levels[data.levels.index(picture.level) + 1 :])
    notes = [_("Areas drawn: {level}.", level=level)]
    if smaller:
        notes = [_("Areas drawn: {level}; of smaller ones those that are vacant or doubled.", level=level)]
    if 0 < len(data.faults) <= NUMBERED:
        notes.append(_("The numbers are those of the list of holes and overlaps."))
    if picture.outside:
        notes.append(_("Facilities beyond the frame: {count}.", count=picture.outside))
    said = [f"{_(RESPONSIBILITY[state])} {int(states.get(state, 0))}" for state in STATES]
    return {
        "title": _("Map"),
        "file": "map.svg",
        "note": " ".join(notes),
        "alt": _("Map of areas, the officers who answer for them, and gaps") + ". " + f"{level}: " + ", ".join(said),
    }


def _days(data: ResponsibilityData) -> str:
    """The day, and the moment of knowledge in its own time zone."""
    known = data.known or (datetime.fromisoformat(data.gaps["known"]) if data.gaps.get("known") else None)
    on = _("As of {on}", on=data.on.isoformat())
    if known is None:
        return on
    return on + " · " + _("as known on {known}", known=known.strftime("%Y-%m-%d %H:%M %Z").strip())


def _title(data: ResponsibilityData) -> str:
    roots = data.areas[~data.areas["parent_code"].isin(data.areas["code"])]
    highest = roots[roots["level"] == next((level for level in data.levels if level in set(roots["level"])), None)]
    names = [plain_text(name) for name in highest["name"].head(3)]
    return _("{area}: report of responsibility", area="、".join(names)) if names else _("Report of responsibility")


def _level(level: str) -> str:
    return _(RESPONSIBILITY[level]) if level in RESPONSIBILITY else plain_text(level)


def _place() -> tuple[Column, Column, Column]:
    return Column(_("Code"), "code", 16), Column(_("Name"), "text", 20), Column(_("Level"), "text", 8)


def _count_levels(data: ResponsibilityData) -> Table:
    """One row for each level: areas, how many in each state, share of the covered."""
    states = tuple(Column(_(RESPONSIBILITY[state]), "count", 9) for state in STATES)
    columns = (Column(_("Level"), "text", 12), Column(_("Areas"), "count", 9), *states)
    rows: list[tuple[Cell, ...]] = []
    for level in data.levels:
        counts = data.areas.loc[data.areas["level"] == level, "state"].value_counts()
        total = int(counts.sum())
        if total:
            held = tuple(int(counts.get(state, 0)) for state in STATES)
            rows.append((_level(level), total, *held, held[0] / total))
    return Table(_("Areas by level"), (*columns, Column(_("Share covered"), "share", 10)), rows)


def _count_all(data: ResponsibilityData) -> Table:
    """Facilities, orphans and faults: how many, and square metres where there is ground."""
    rows: list[tuple[Cell, ...]] = [
        (_("Facilities"), len(data.facilities), None),
        (_("Facilities in no area"), int(data.facilities["orphan"].astype(bool).sum()), None),
    ]
    for kind, text in FAULTS.items():
        ground = data.faults.loc[data.faults["kind"] == kind, "area_m2"]
        rows.append((_(text), len(ground), float(ground.sum())))
    columns = (Column(_("Item"), "text", 24), Column(_("Number"), "count", 9), Column(_("Square metres"), "square", 14))
    return Table(_("Key numbers"), columns, rows)


def _list_duties(data: ResponsibilityData, levels: tuple[str, ...]) -> Table:
    """Who answers for each area of these levels, in order of code."""
    areas = data.areas[data.areas["level"].isin(levels)].sort_values("code", kind="stable")
    areas = areas.assign(level=areas["level"].map(_level), state=areas["state"].map(_state))
    columns = (*_place(), Column(_("Officer"), "text", 20), Column(_("From"), "day", 11), Column(_("State"), "text", 9))
    names = ("code", "name", "level", "officer", "from", "state")
    return Table(_("Who answers for each area"), columns, rows_of(pd.DataFrame(areas), names), tab=_("Areas"))


def _state(state: str) -> str:
    return _(RESPONSIBILITY[state])


def _list_vacant(data: ResponsibilityData) -> Table:
    vacant = data.areas[data.areas["state"] == "vacant"].sort_values("code", kind="stable")
    names = data.areas.set_index("code")["name"]
    vacant = vacant.assign(level=vacant["level"].map(_level), parent=vacant["parent_code"].map(names))
    columns = (*_place(), Column(_("Inside"), "text", 20))
    rows = rows_of(pd.DataFrame(vacant), ("code", "name", "level", "parent"))
    return Table(_("Vacant areas"), columns, rows, tab=_("Vacant"))


def _list_doubled(data: ResponsibilityData, officers: Officers) -> Table:
    """Areas and facilities with more than one primary; names as the areas give them, else from `officers`."""
    names, held = _names(data), dict(zip(data.areas["code"], data.areas.get("officer", []), strict=False))
    rows: list[tuple[Cell, ...]] = []
    for entry in sorted(data.gaps.get("doubled", []), key=lambda entry: str(entry["target"])):
        target = entry["target"]
        who = held.get(target) or "、".join(officers.get(code, code) for code in entry["officers"])
        dates = day(entry["from"]), day(entry["to"])
        rows.append((plain_text(target), names.get(target), plain_text(who), *dates))
    who_column = Column(_("Officers"), "text", 22)
    columns = (*_place()[:2], who_column, Column(_("From"), "day", 11), Column(_("To"), "day", 11))
    return Table(_("Doubled areas and facilities"), columns, rows, tab=_("Doubled"))


def _list_faults(data: ResponsibilityData) -> Table:
    """Holes, overlaps and outsides under the numbers that they have on the map."""
    names = _names(data)
    rows: list[tuple[Cell, ...]] = []
    for number, fault in enumerate(data.faults[["kind", "a", "b", "area_m2"]].itertuples(index=False), start=1):
        a, b = (None if pd.isna(code) else _place_name(code, names) for code in (fault.a, fault.b))
        rows.append((number, _(RESPONSIBILITY[fault.kind]), a, b, float(fault.area_m2)))
    columns = (
        Column(_("No."), "count", 4),
        Column(_("Kind"), "text", 14),
        Column(_("Area"), "text", 25),
        Column(_("Other side"), "text", 25),
        Column(_("Square metres"), "square", 10),
    )
    return Table(_("Holes, overlaps, ground outside the parent"), columns, rows, tab=_("Faults"))


def _list_orphans(data: ResponsibilityData) -> Table:
    orphans = data.facilities[data.facilities["orphan"].astype(bool)].sort_values("code", kind="stable")
    columns = (Column(_("Code"), "code", 16), Column(_("Name"), "text", 30), Column(_("Kind"), "text", 16))
    rows = rows_of(pd.DataFrame(orphans), ("code", "name", "kind"))
    return Table(_("Facilities in no area"), columns, rows, tab=_("Orphans"))


def _list_work(data: ResponsibilityData, officers: Officers) -> Table:
    """What each officer answers for as primary, in order of the officers' codes."""
    rows: list[tuple[Cell, ...]] = []
    for entry in sorted(data.gaps.get("workload", []), key=lambda entry: str(entry["officer"])):
        code = str(entry["officer"])
        name = plain_text(officers[code]) if code in officers else None
        numbers = (entry["areas"], entry["facilities"], entry["area_km2"], entry["share"])
        rows.append((plain_text(code), name, *numbers))
    named: Iterable[Column] = (Column(_("Officer"), "code", 12), Column(_("Officer's name"), "text", 18))
    numbers_columns = (
        Column(_("Areas"), "count", 8),
        Column(_("Facilities"), "count", 9),
        Column(_("Square kilometres"), "km2", 14),
        Column(_("Share of the ground"), "share", 14),
    )
    if not officers:
        named, rows = list(named)[:1], [(row[0], *row[2:]) for row in rows]
    return Table(_("Workload by officer, in order of code"), (*named, *numbers_columns), rows, tab=_("Workload"))


def _names(data: ResponsibilityData) -> dict[str, str]:
    """Code -> name of every area and facility."""
    both = pd.concat([data.areas[["code", "name"]], data.facilities[["code", "name"]]])
    return {code: plain_text(name) for code, name in zip(both["code"], both["name"], strict=True)}


def _place_name(code: str, names: Mapping[str, str]) -> str:
    return f"{names[code]} {plain_text(code)}" if code in names else plain_text(code)

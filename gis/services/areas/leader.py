"""The leader's page: the tree of the own areas, the card of one of them, and the export."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.since import DayStand, stand_on_days, sum_trend
from gis.errors import NotFound
from gis.roles import Actor, permit
from gis.rows import records
from gis.services import audit, outreach
from gis.services.areas.maps import responsibility_data
from gis.services.areas.responsibility import find_gaps, name_areas, who
from gis.services.inspections import oversight
from gis.services.register import Ground, Register, find_ground, find_standing
from gis.services.workspace import Workspace, today
from gis.texts import _
from maps.responsibility import ResponsibilityData

OUTREACH_DAYS: Final = 90
MONTHS: Final = 12
MOST_LISTED: Final = 100
"""Gaps of one kind that a card names; it always counts all of them."""
LONGEST: Final = timedelta(days=366 * 15)
"""The slider of days goes back no farther."""


@dataclass(frozen=True)
class Node:
    """An area in the tree."""

    code: str
    name: str
    level: str
    state: str
    """vacant, covered or doubled"""
    children: int
    """How many areas are directly inside."""


@dataclass(frozen=True)
class Card:
    """What the page says of one area on one day."""

    node: Node
    parent: str | None
    """Code of the area above, where that is one of the actor's own."""
    chain: list[dict[str, Any]]
    """Who answers, nearest first: area, level, role, officer, officer_name, department, work_phone, from, to, name."""
    gaps: dict[str, list[dict[str, Any]]]
    """vacant, doubled, holes, overlaps, outside, orphans: rows with `code`, `name` and what else is known."""
    counts: dict[str, int]
    """How many of each of those there are in all."""
    facilities: int
    sessions: int
    """Sessions of outreach in the last 90 days, here and in the areas inside."""
    trend: list[dict[str, Any]]
    """One row a month: day (ISO), areas, covered, vacant, doubled, share."""
    inspected: list[dict[str, Any]]
    """One row a month, the last one of the day: day (ISO), registered, inspected, overdue, within, never, and share,
    low, high of those within their interval."""


@dataclass(frozen=True)
class Branch:
    """An area in the tree with what is inside it; None where that is not looked up yet."""

    node: Node
    inside: "list[Branch] | None" = None


@dataclass(frozen=True)
class Overview:
    """The page of one area and one day."""

    chosen: str
    tree: list[Branch]
    """The highest of the actor's areas, opened along the way to the chosen one and that one itself."""
    card: Card
    first: date
    last: date
    """The days that the slider runs through."""


def roots(workspace: Workspace, actor: Actor, *, on: date) -> list[str]:
    """Codes of the highest areas that the actor sees on the day."""
    permit(actor, "leader.page")
    return find_ground(workspace, actor, on).roots


def overview(workspace: Workspace, actor: Actor, code: str, *, on: date) -> Overview:
    """All that the page shows. The reading of work phones is written to the audit. Raises NotFound."""
    permit(actor, "leader.page")
    ground = find_ground(workspace, actor, on)
    _require(code, ground)
    key = (*ground.register.key, "overview", code, on)
    seen = workspace.remember(key, lambda: _overview(workspace, actor, code, ground))
    held = outreach.count_sessions(workspace, actor, on=on, days=OUTREACH_DAYS)
    card = replace(
        seen.card,
        sessions=held.get(code, 0),
        inspected=oversight.coverage_trend(workspace, actor, code, on=on),
        chain=_contacts(workspace, actor, code, ground),
    )
    return replace(seen, card=card)


def _overview(workspace: Workspace, actor: Actor, code: str, ground: Ground) -> Overview:
    """Everything but who answers, whose reading is written down each time, and what is done in the field."""
    way = set(ground.nesting.path(code))

    def open_up(node: Node) -> Branch:
        inside = node.code in way and node.children > 0
        return Branch(
            node, [open_up(child) for child in _nodes(ground, ground.nesting.children(node.code))] if inside else None
        )

    first, last = _days(ground.register)
    return Overview(
        chosen=code,
        tree=[open_up(root) for root in _nodes(ground, ground.roots)],
        card=_card(workspace, actor, code, ground),
        first=first,
        last=last,
    )


def branch(workspace: Workspace, actor: Actor, parent: str, *, on: date) -> list[Branch]:
    """The areas directly inside one, by code. Raises NotFound."""
    permit(actor, "leader.page")
    ground = find_ground(workspace, actor, on)
    _require(parent, ground)
    return [Branch(node) for node in _nodes(ground, ground.nesting.children(parent))]


def _days(register: Register) -> tuple[date, date]:
    """The first and the last day of which the register says anything of its own; at least the last year and today."""
    moments = pd.concat(
        [frame[side] for frame in (register.areas, register.assignments) for side in ("valid_from", "valid_to")]
    ).dropna()
    now = today()
    first, last = (moments.min().date(), moments.max().date()) if len(moments) else (now, now)
    return max(min(first, now - timedelta(days=365)), now - LONGEST), min(max(last, now), now + LONGEST)


def _card(workspace: Workspace, actor: Actor, code: str, ground: Ground) -> Card:
    figures = _figures(workspace, actor, code, ground)
    return Card(
        node=_nodes(ground, [code])[0],
        parent=ground.nesting.parents[code],
        chain=[],
        sessions=0,
        inspected=[],
        **figures,
    )


def _figures(workspace: Workspace, actor: Actor, code: str, ground: Ground) -> dict[str, Any]:
    """Everything on a card but who answers and what is done in the field."""
    frames, on = ground.register, ground.on
    found, counts = _gaps_inside(workspace, actor, code, ground)
    key = (*frames.key, "all-cards", on)
    places, officers, stands = workspace.remember(key, lambda: _of_all_cards(ground))
    return {
        "gaps": {kind: [_name(row, places, officers) for row in rows] for kind, rows in found.items()},
        "counts": counts,
        "facilities": len(find_standing(workspace, actor, on).get(code, ())),
        "trend": records(sum_trend(stands, code)),
    }


def _of_all_cards(ground: Ground) -> tuple[dict[Any, str], dict[Any, str], list[DayStand]]:
    """Names of places and of officers, and how the areas stood in each month of the year before."""
    frames, on = ground.register, ground.on
    places = {**_names(in_force(frames.facilities, on)), **_names(ground.areas)}
    stands = stand_on_days(frames.areas, frames.assignments, _months(on))
    return places, _names(in_force(frames.officers, on)), stands


def export_data(
    workspace: Workspace, actor: Actor, *, file_format: str, area: str | None = None, on: date | None = None
) -> ResponsibilityData:
    """What a file of the responsibility map is made of, columns by role; the export is written to the audit."""
    permit(actor, "export")
    on = on or today()
    data = responsibility_data(workspace, actor, on=on, area=area)
    with workspace.transaction(actor) as connection:
        details = {"format": file_format, "on": on, "areas": len(data.areas), "facilities": len(data.facilities)}
        audit.record(connection, actor, "export.responsibility", area, details=details)
    return data


def _months(on: date) -> list[date]:
    """The day itself and the same day of each month of the year before, the earliest first."""
    count = on.year * 12 + on.month - 1
    found = []
    for number in range(max(count - MONTHS, 12), count + 1):
        year, month = divmod(number, 12)
        last = calendar.monthrange(year, month + 1)[1]
        found.append(date(year, month + 1, min(on.day, last)))
    return found


def _require(code: str, ground: Ground) -> None:
    if code not in ground.nesting.parents:
        raise NotFound(_("No area {code} on {on}.", code=code, on=ground.on))


def _nodes(ground: Ground, codes: Sequence[str]) -> list[Node]:
    rows = [ground.rows[code] for code in sorted(codes)]
    return [
        Node(row["code"], row["name"], row["level"], row["state"], len(ground.nesting.children(row["code"])))
        for row in rows
    ]


def _names(frame: pd.DataFrame) -> dict[Any, str]:
    return dict(zip(frame["code"], frame["name"], strict=True))


def _contacts(workspace: Workspace, actor: Actor, code: str, ground: Ground) -> list[dict[str, Any]]:
    """The chain of who answers, with department and the names of the areas, also of those above the actor's own."""
    chain = who(workspace, actor, code, on=ground.on)["chain"]
    names = name_areas(workspace, actor, on=ground.on)
    key = (*ground.register.key, "departments", ground.on)
    departments = workspace.remember(key, lambda: _departments(ground))
    return [
        {"work_phone": None, **link, "department": departments.get(link["officer"]), "name": names.get(link["area"])}
        for link in chain
    ]


def _departments(ground: Ground) -> dict[Any, str]:
    officers = in_force(ground.register.officers, ground.on).dropna(subset="department")
    return dict(zip(officers["code"], officers["department"], strict=True))


def _gaps_inside(
    workspace: Workspace, actor: Actor, code: str, ground: Ground
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """The gaps of one part as rows with `code`, at most 100 of a kind, and how many there are of each kind."""
    key = (*ground.register.key, "gaps-json", ground.on)
    found = workspace.remember(key, lambda: find_gaps(workspace, actor, on=ground.on).to_json())
    inside = {code, *ground.nesting.descendants(code)}
    orphans = _orphans(workspace, actor, code, ground, found["orphans"])
    rows: dict[str, list[dict[str, Any]]] = {
        "vacant": [{"code": vacant} for vacant in found["vacant"] if vacant in inside],
        "doubled": [{"code": row["target"], **row} for row in found["doubled"] if row["target"] in inside],
        "holes": [{"code": row["parent"], **row} for row in found["holes"] if row["parent"] in inside],
        "overlaps": [
            {"code": row["a"], "other": row["b"], **row} for row in found["overlaps"] if {row["a"], row["b"]} & inside
        ],
        "outside": [{"code": row["child"], **row} for row in found["outside"] if row["child"] in inside],
        "orphans": [{"code": orphan} for orphan in orphans],
    }
    counts = {kind: len(listed) for kind, listed in rows.items()}
    return {kind: listed[:MOST_LISTED] for kind, listed in rows.items()}, counts


def _orphans(workspace: Workspace, actor: Actor, code: str, ground: Ground, orphans: list[str]) -> list[str]:
    """Those on the ground of the area or claimed for it; those of nowhere count for the highest, where it is alone."""
    if not orphans or ground.roots == [code]:
        return orphans
    inside = {code, *ground.nesting.descendants(code)}
    facilities = in_force(ground.register.facilities, ground.on)
    claimed = facilities.loc[facilities["area_code"].isin(inside) & facilities["code"].isin(orphans), "code"]
    here = find_standing(workspace, actor, ground.on).get(code, frozenset()) & set(orphans)
    return sorted({*here, *claimed})


def _name(row: dict[str, Any], places: Mapping[Any, str], officers: Mapping[Any, str]) -> dict[str, Any]:
    """The row with `name`, `other_name` where it has another area, and its officers by their names."""
    named = {**row, "name": places.get(row["code"])}
    if "other" in row:
        named["other_name"] = places.get(row["other"])
    if "officers" in row:
        named["officers"] = [officers.get(code, code) for code in row["officers"]]
    return named

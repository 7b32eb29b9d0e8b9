"""What the pages of campaigns say: names of states and measures, shares as text, and the rows of their tables."""

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from gis.rules import CAMPAIGN
from gis.services.campaigns.view import CampaignView
from gis.texts import _
from maps.campaign import BANDS, Picture
from maps.sheets.campaign import MEASURES, STAGES

Row = dict[str, Any]
DONE: Final = len(BANDS)
"""The band of areas that reached their target."""


def state_name(state: str) -> str:
    """The state in words."""
    return _(CAMPAIGN.states[state])


def share_text(share: float) -> str:
    """A share in per cent, rounded down, so that only what is reached is 100 %."""
    return f"{math.floor(share * 100 + 1e-9)} %"


def area_label(code: str, name: object) -> str:
    """Name and code of an area; one that is not on the ground has no name."""
    return f"{name} {code}" if isinstance(name, str) else code


def area_options(areas: pd.DataFrame) -> list[tuple[str, str]]:
    """Code and label of each area of a choice."""
    return [(code, area_label(code, name)) for code, name in zip(areas["area"], areas["area_name"], strict=True)]


def progress_rows(frame: pd.DataFrame) -> list[Row]:
    """The rows of a progress frame with texts for people."""
    return [_worded({str(key): value for key, value in row.items()}) for row in frame.to_dict("records")]


def _worded(row: Row) -> Row:
    measure, level, area, name = MEASURES[row["measure"]], row["level"], row.get("area"), row.get("area_name")
    return {
        **row,
        "area_label": area_label(area, name) if area else None,
        "place": name if isinstance(name, str) else area,
        "measure_name": _(measure),
        "level_name": _(level) if isinstance(level, str) else "",
        "share_text": share_text(row["share"]),
        "done": row["reached"] >= row["target"],
    }


def progress_lines(frame: pd.DataFrame, measures: list[str]) -> list[Row]:
    """One line an area: `place`, `area`, and a cell for each of the measures, None where it has no such target."""
    lines: dict[str, Row] = {}
    for row in progress_rows(frame):
        line = lines.setdefault(row["area"], {"place": row["place"], "area": row["area"], "cells": {}})
        line["cells"][row["measure"]] = row
    return [{**line, "cells": [line["cells"].get(key) for key in measures]} for line in lines.values()]


def stage_rows(view: CampaignView, *, today: date) -> list[Row]:
    """The stages with their days, which of them it is today, and how far into it."""
    rows = []
    for key, first, after in view.stages.spans:
        now = first <= today < after
        day, days = (today - first).days + 1, (after - first).days
        note = (
            _("Today: day {day} of {days}", day=day, days=days)
            if now
            else _("This stage is over")
            if day > days
            else _("Ahead")
        )
        rows.append(
            {
                "name": _(STAGES[key]),
                "first": first.isoformat(),
                "last": (after - timedelta(days=1)).isoformat(),
                "state": "now" if now else "past" if day > days else "ahead",
                "note": note,
                "passed": min(max(day / days, 0.0), 1.0),
            }
        )
    return rows


def map_title(measure: str, picture: Picture) -> str:
    """What the map shows."""
    return _("{measure} by area, level {level}", measure=_(MEASURES[measure]), level=_(picture.level))


def band_names() -> list[str]:
    """The legend of the map, in the order of the bands."""
    edges = [0, *(round(edge * 100) for edge in BANDS)]
    steps = [_("{low} to under {high} %", low=low, high=high) for low, high in pairwise(edges)]
    return [*steps, _("Target reached")]


def date_names() -> list[tuple[str, str]]:
    """The four days of the form with their labels."""
    return [
        ("launch_on", _("Launch from")),
        ("action_on", _("Action from")),
        ("acceptance_on", _("Acceptance from")),
        ("ends_on", _("First day after the campaign")),
    ]


def list_texts() -> dict[str, str]:
    """The texts of the list."""
    return {
        "plan": _("Plan a campaign"),
        "caption": _("Campaigns with a target in your areas, the latest launch first"),
        "empty": _("There is no campaign in your areas."),
        "name": _("Name"),
        "code": _("Code"),
        "state": _("State"),
        "from": _("From"),
        "to": _("First day after"),
        "targets": _("Targets"),
    }


def form_texts() -> dict[str, str]:
    """The texts of the form."""
    return {
        "about": _(
            "A campaign counts sessions held, facilities inspected and facilities put right. "
            "Births and pregnancies are never a target."
        ),
        "code": _("Code (letters, digits, - and _)"),
        "name": _("Name"),
        "stages": _("Stages"),
        "targets": _("Targets"),
        "targets_hint": _("Leave a row empty that you do not need."),
        "area": _("Area"),
        "measure": _("Measure"),
        "number": _("Target number"),
        "row": _("Target {number}"),
        "more": _("More rows"),
        "save": _("Store the campaign"),
        "file_title": _("Or from a file"),
        "file": _("Campaign file (.toml)"),
        "upload": _("Store from the file"),
        "back": _("All campaigns"),
    }


def page_texts() -> dict[str, str]:
    """The texts of the progress page."""
    return {
        "back": _("All campaigns"),
        "stages": _("Stages"),
        "filter": _("Choose"),
        "on": _("As of"),
        "measure": _("Measure"),
        "area": _("Area"),
        "all_measures": _("All measures"),
        "all_areas": _("All areas"),
        "apply": _("Show"),
        "totals": _("Sums by level"),
        "totals_hint": _("Over the areas that you see. What an area does counts for the one above it too."),
        "targets": _("Targets by area"),
        "targets_hint": _("Reached / target, and the share of it. A dash: the area has no such target."),
        "name": _("Name"),
        "level": _("Level"),
        "target": _("Target number"),
        "reached": _("Reached"),
        "progress": _("Progress"),
        "areas": _("Areas"),
        "areas_done": _("Areas that reached it"),
        "map": _("Map of progress"),
        "none": _("There is no target of this choice."),
        "lagging": _("Behind an even pace"),
        "lagging_hint": _(
            "An even pace reaches the whole target on the first day of the acceptance. By area, in order of code."
        ),
        "nothing_late": _("No target is behind."),
        "due": _("Due by now"),
        "report": _("Report"),
        "accept_title": _("Acceptance"),
        "accept_hint": _("From then on the numbers of this campaign are those known at that moment."),
        "remark": _("Remark"),
        "accept": _("Accept the campaign"),
        "accepted": _("Accepted on {day}. The numbers are those known at that moment."),
    }

"""The inspection map: how much of each area is up to date, and which premises are overdue, due soon or never inspected.

An area is *touched* where an inspector has been in at least one of its registered premises, *missed* where in none of
them; *none* has no premises. Touched areas are shaded in five steps, by the share of registered premises that is up to
date (inspected and not overdue) or by the share ever inspected. Premises stand at their point with the state that they
are in on the day. Nothing but the columns named below is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.texts import N_, Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.texts import RESPONSIBILITY
from maps.view import THRESHOLD, Theme, TiledSummary, build_view, count_states, find_bounds, typical_sides

STATES: Final = ("touched", "missed", "none")
EDGES: Final = (0.2, 0.4, 0.6, 0.8)
"""Where shares are cut into five steps; a share on an edge belongs to the step above."""

FOLLOWED: Final = ("findings", "findings_late", "case_state")
"""Columns about what inspections led to, for those who may see them."""

INSPECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **RESPONSIBILITY,
        "title": N_("Inspection map"),
        "map": N_("Map of areas and of premises by when they are due"),
        "panel": N_("Search, layers and premises that are due"),
        "of_level": N_("{covered} of {total} areas have had an inspection"),
        "coverage": N_("Inspection coverage"),
        "gaps": N_("Due"),
        "by_current": N_("Up to date"),
        "by_share": N_("Ever inspected"),
        "touched": N_("Has had an inspection"),
        "missed": N_("No inspection yet"),
        "missed_hint": N_("Registered premises, and none of them inspected"),
        "none": N_("No registered premises"),
        "never": N_("Never inspected"),
        "never_hint": N_("Registered, and no inspection on or before the day"),
        "overdue": N_("Overdue"),
        "overdue_hint": N_("The last inspection is longer ago than the policy allows for its kind"),
        "due_soon": N_("Due soon"),
        "due_soon_hint": N_("The next inspection falls due in the coming days"),
        "caption": N_("{current} of {registered} up to date, {overdue} overdue"),
        "step_share": N_("{from} to {to} %"),
        "registered": N_("Registered"),
        "found": N_("Found in the field"),
        "inspected": N_("Ever inspected"),
        "current": N_("Up to date"),
        "share": N_("Share inspected"),
        "low": N_("at least"),
        "high": N_("at most"),
        "last": N_("Last inspection"),
        "due_on": N_("Due on"),
        "days": N_("Days overdue"),
        "finding": N_("Finding not done with"),
        "finding_hint": N_("An inspection found something here that is not put right, or not yet seen to be"),
        "case": N_("Open case"),
        "case_hint": N_("A case against this facility is under way"),
        "findings": N_("Findings not done with"),
        "findings_late": N_("Of these past their deadline"),
        "case_state": N_("Case"),
        "footer": N_("Only places and numbers are shown: wangge holds nothing about individual people."),
    }
)
"""Key -> English text of the inspection page; what it shares with the responsibility page is not written twice."""


@dataclass(frozen=True)
class InspectionData:
    """Everything the map shows of one day, columns already selected for the reader's role."""

    areas: gpd.GeoDataFrame
    """code, name, level, parent_code, registered, found, inspected, overdue (int64), share, low, high (float64, NaN for
    nothing registered); polygons in EPSG:4326."""
    facilities: gpd.GeoDataFrame
    """code, name, kind, due (never, overdue, due_soon, current), last, due_on (datetime64), days (Int64); points. For
    readers who may see them also findings, findings_late (Int64, missing for none) and case_state, as of now."""
    levels: tuple[str, ...]
    """Highest first."""
    on: date
    known: datetime | None


def render(data: InspectionData, *, lang: Language, standalone: bool, threshold: int = THRESHOLD) -> str:
    """The page as HTML: one file for the disk, or a page for the web application to serve."""
    areas = shade(data.areas)
    counts = count_states(areas, data.levels, STATES)
    summary = TiledSummary(
        find_bounds(areas, data.facilities), tuple(counts), counts, data.on, data.known, sides=typical_sides(data.areas)
    )
    nothing = data.areas.iloc[:0]
    shown = [name for name in FOLLOWED if name in data.facilities]
    places = data.facilities[["code", "name", "kind", "due", "last", "due_on", "days", *shown, "geometry"]]
    places = places[~(places.geometry.isna() | places.geometry.is_empty)]
    places = places.assign(days=places["days"].where(places["due"] == "overdue"))
    content = {
        "areas": {**columns_to_json(areas), "shape": polygons_to_json(areas.geometry)},
        "faults": {**columns_to_json(nothing), "shape": polygons_to_json(nothing.geometry)},
        "facilities": {**columns_to_json(places), **points_to_json(places.geometry)},
        "gaps": {},
    }
    packed = len(areas) + len(places) > threshold
    theme = Theme("inspections", INSPECTIONS, {"edges": [0, *(round(100 * edge) for edge in EDGES), 100]})
    return build_view(summary, theme, lang=lang, standalone=standalone, packed=packed, content=content)


def shade(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas with `state`, `current` (int64), and the steps `by_current` and `by_share`, 0 (pale) to 4, if any."""
    current = areas["inspected"] - areas["overdue"]
    shares = {
        "by_current": current / areas["registered"].where(areas["registered"] > 0),
        "by_share": areas["share"],
    }
    columns = ["code", "name", "level", "parent_code", "registered", "found", "inspected", "overdue"]
    shown = areas[[*columns, "share", "low", "high", "geometry"]].assign(
        current=current,
        state=np.select([areas["inspected"] > 0, areas["registered"] > 0], STATES[:2], STATES[2]),
        **{name: areas[name].round(3) for name in ("share", "low", "high")},
    )
    steps = {
        name: pd.Series(np.searchsorted(EDGES, share.fillna(0), side="right"), index=areas.index).where(share.notna())
        for name, share in shares.items()
    }
    return shown.assign(**{name: step.astype("Int64") for name, step in steps.items()})

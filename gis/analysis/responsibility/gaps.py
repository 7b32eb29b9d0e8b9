"""Where nobody answers for the ground on one day, and all that is amiss with responsibility, summed up.

An officer answers for an area or a facility as *primary* or as *deputy*. An area in force without a primary in force
is *vacant*. Who answers for one place is in `chain`. What changes over time, doubled targets and the timeline, is in
`periods`; holes, overlaps and outsides are in `coverage`; located facilities, orphans and workload in `workload`.

Frames are canonical (`gis.tables`), in EPSG:4326. Functions that take `on` choose the rows in force themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.coverage import SLIVER_M2, find_faults
from gis.analysis.responsibility.periods import find_doubled, is_among, trace_timeline
from gis.analysis.responsibility.workload import (
    LEVELS,
    find_orphans,
    measure_workload,
    select_primaries,
)
from gis.rows import records


def find_vacant(areas: gpd.GeoDataFrame, assignments: pd.DataFrame, on: date) -> gpd.GeoDataFrame:
    """The rows of `areas` in force on the day for which nobody answers as primary, at any level; index kept.

    >>> town, duties = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> find_vacant(town.assign(valid_from=pd.NaT, valid_to=pd.NaT), duties, date(2026, 1, 1))["name"].tolist()
    ['北三格']
    """
    areas, primaries = in_force(areas, on), select_primaries(assignments, on)
    held = primaries.loc[primaries["target_kind"] == "area", "target_code"]
    return areas[~is_among(areas["code"], held)]


@dataclass(frozen=True)
class Gaps:
    """All gaps in responsibility on one day; `to_json` gives the form of the contract."""

    on: date
    known: datetime
    vacant: gpd.GeoDataFrame
    """Rows of areas."""
    doubled: pd.DataFrame
    holes: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    outside: gpd.GeoDataFrame
    orphans: gpd.GeoDataFrame
    """Rows of facilities."""
    workload: pd.DataFrame
    timeline: pd.DataFrame | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, sorted; days as ISO text, an open end as None; without "timeline" where none was asked for."""
        document: dict[str, Any] = {
            "on": self.on.isoformat(),
            "known": self.known.isoformat(),
            "vacant": sorted(self.vacant["code"]),
            "doubled": records(self.doubled[["target", "officers", "from", "to"]]),
            "holes": records(self.holes[["parent", "area_m2"]]),
            "overlaps": records(self.overlaps[["a", "b", "area_m2"]]),
            "outside": records(self.outside[["child", "parent", "area_m2"]]),
            "orphans": sorted(self.orphans["code"]),
            "workload": records(self.workload[["officer", "areas", "facilities", "area_km2", "share"]]),
        }
        if self.timeline is not None:
            document["timeline"] = records(self.timeline[["target", "from", "to", "state"]])
        return document


def summarise_gaps(
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    on: date,
    known: datetime,
    window: tuple[date, date] | None = None,
    levels: Sequence[str] = LEVELS,
    tolerance_m2: float = SLIVER_M2,
) -> Gaps:
    """Everything that `wangge gaps responsibility` reports.

    Parameters: canonical frames with all periods; `known` is only repeated in the result; `window`, first day
    and day after the last of the timeline; `tolerance_m2`, the largest sliver that is not reported. A doubled target
    that is not in force on the day is left out.

    >>> town, duties = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]), crs=4326)
    >>> town, clinics = (f.assign(valid_from=pd.NaT, valid_to=pd.NaT) for f in (town, clinics))
    >>> day = date(2026, 1, 1)
    >>> gaps = summarise_gaps(town, duties, clinics, on=day, known=datetime(2026, 1, 1)).to_json()
    >>> gaps["vacant"], gaps["doubled"], gaps["orphans"]
    (['990101001201003'], [], ['F5'])
    """
    ground, places = in_force(areas, on), in_force(facilities, on)
    faults = find_faults(ground, tolerance_m2=tolerance_m2)
    tomorrow = min(on, date.max - timedelta(days=1)) + timedelta(days=1)
    doubled = find_doubled(assignments, start=on, end=tomorrow)
    there = (doubled["target_kind"] == "area") & is_among(doubled["target"], ground["code"])
    there |= (doubled["target_kind"] == "facility") & is_among(doubled["target"], places["code"])
    return Gaps(
        on=on,
        known=known,
        vacant=find_vacant(ground, assignments, on),
        doubled=doubled[there].reset_index(drop=True),
        holes=faults.holes,
        overlaps=faults.overlaps,
        outside=faults.outside,
        orphans=find_orphans(places, ground, on, levels=levels),
        workload=measure_workload(ground, assignments, places, on, levels=levels),
        timeline=trace_timeline(areas, assignments, start=window[0], end=window[1]) if window else None,
    )

"""How inspection reaches the premises over time: the counts of `oversight` on a row of days, at once.

On each day the premises are those registered that day, each with its last inspection on or before it. *Within* the
interval are those inspected no longer ago than the policy allows for their kind; *overdue* and *never* are the others,
so the three add up to what is registered, the denominator of the share.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.analysis.areas.nesting import in_force
from gis.analysis.locate.points import locate_points
from gis.analysis.responsibility.workload import LEVELS
from gis.analysis.shares import wilson_interval
from gis.policies import InspectionPolicy

Ints = NDArray[np.int64]

MONTHS: Final = 12
COUNTS: Final = ("registered", "inspected", "overdue", "within", "never")
_NEVER: Final = -(2**40)


def month_ends(on: date, *, months: int = MONTHS) -> list[date]:
    """The last days of the `months` before the one of `on`, as far as the calendar goes, and `on` itself.

    >>> [day.isoformat() for day in month_ends(date(2026, 3, 15), months=2)]
    ['2026-01-31', '2026-02-28', '2026-03-15']
    """
    count = on.year * 12 + on.month - 1
    numbers = range(max(count - months + 1, 13), count + 1)
    ends = [date(number // 12, number % 12 + 1, 1) - timedelta(days=1) for number in numbers]
    return [*ends, on]


def trace_inspections(
    facilities: gpd.GeoDataFrame,
    visits: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    days: Sequence[date],
    policy: InspectionPolicy,
    levels: Sequence[str] = LEVELS,
) -> pd.DataFrame:
    """What of each area's premises was inspected, on each of the `days`, which ascend.

    Parameters: canonical `facilities` and `areas` of all periods, EPSG:4326; `visits` with facility_code (str) and
    inspected_on (datetime64), of which the last one between two of the days is enough; `levels`, highest first. A
    facility counts for an area as in `find_inspection_gaps`, whose counts of the same day these are.

    Returns `area` (str), `day` (datetime64[s]), the COUNTS (int64), and `share, low, high` (float64, 0..1, NaN with
    nothing registered): within the interval of what is registered, and its 95 % score interval. One row an area and
    day on which it is in force, by area and then by day, RangeIndex.

    >>> always = {"valid_from": pd.NaT, "valid_to": pd.NaT}
    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").assign(**always)
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> points = gpd.points_from_xy(clinics["lon"], clinics["lat"])
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=points, crs=4326).assign(**always)
    >>> seen = pd.DataFrame({"facility_code": clinics["code"][:2],
    ...     "inspected_on": pd.to_datetime(["2024-01-01", "2024-12-01"])})
    >>> trend = trace_inspections(clinics, seen, town, days=month_ends(date(2025, 1, 1), months=1),
    ...     policy=InspectionPolicy())
    >>> trend.loc[trend["area"] == "990101", ["registered", "within", "overdue", "never"]].to_numpy().tolist()
    [[5, 2, 0, 3], [5, 1, 1, 3]]
    """
    turns = np.array(days, dtype="datetime64[D]").astype(np.int64)
    last = _last_visits(facilities["code"], visits, turns)
    interval = facilities["kind"].map(dict(policy.interval_days)).fillna(policy.default_days).to_numpy(dtype=np.int64)
    lon, lat = (np.asarray(axis(facilities.geometry.to_numpy())) for axis in (shapely.get_x, shapely.get_y))
    positions = pd.Series(np.arange(len(facilities)), index=facilities.index)
    placed: dict[bytes, list[tuple[pd.DataFrame, Ints]]] = {}
    parts = []
    for number, day in enumerate(days):
        ground = in_force(areas.assign(position=np.arange(len(areas))), day).sort_values("code", kind="stable")
        same = ground["position"].to_numpy().tobytes()
        if same not in placed:
            placed[same] = _place(lon, lat, ground, levels)
        here = positions[in_force(facilities[["valid_from", "valid_to"]], day).index].to_numpy()
        seen = last[here, number] != _NEVER
        late = seen & (turns[number] - last[here, number] > interval[here])
        counted = {"registered": np.ones(len(here)), "inspected": seen, "overdue": late}
        parts += [_count(rows, holder[here], counted).assign(day=pd.Timestamp(day)) for rows, holder in placed[same]]
    return _finish(pd.concat(parts or [pd.DataFrame(columns=["area", "day", *COUNTS[:3]])], ignore_index=True))


def _last_visits(codes: "pd.Series[str]", visits: pd.DataFrame, turns: Ints) -> Ints:
    """For each row of `codes` and each turn the day of the last visit up to it, as a number of days."""
    names, row = np.unique(codes.to_numpy(dtype=object), return_inverse=True)
    days = visits["inspected_on"].to_numpy("datetime64[D]").astype(np.int64)
    at = pd.Index(names).get_indexer(pd.Index(visits["facility_code"].astype(object)))
    turn = np.searchsorted(turns, days, side="left")
    known = (at >= 0) & (turn < len(turns))
    last = np.full((len(names), len(turns)), _NEVER, dtype=np.int64)
    np.maximum.at(last, (at[known], turn[known]), days[known])
    return np.asarray(np.maximum.accumulate(last, axis=1)[row], dtype=np.int64)


def _place(
    lon: NDArray[np.float64], lat: NDArray[np.float64], ground: gpd.GeoDataFrame, levels: Sequence[str]
) -> list[tuple[pd.DataFrame, Ints]]:
    """The areas of each level, and for each facility the position of the one that holds it, -1 for none."""
    named = (ground[ground["level"] == level] for level in (*levels, *sorted(set(ground["level"]) - set(levels))))
    return [(rows[["code"]], locate_points(lon, lat, rows.geometry.to_numpy())) for rows in named if len(rows)]


def _count(rows: pd.DataFrame, holder: Ints, counted: dict[str, NDArray[np.bool_]]) -> pd.DataFrame:
    held = holder >= 0
    counts = {
        name: np.bincount(holder[held], weights=what[held], minlength=len(rows)).astype(np.int64)
        for name, what in counted.items()
    }
    return pd.DataFrame({"area": rows["code"].to_numpy(), **counts})


def _finish(counts: pd.DataFrame) -> pd.DataFrame:
    counts = counts.astype({"area": "str", "day": "datetime64[s]"} | dict.fromkeys(COUNTS[:3], "int64"))
    counts = counts.assign(
        within=counts["inspected"] - counts["overdue"], never=counts["registered"] - counts["inspected"]
    )
    low, high = wilson_interval(counts["within"], counts["registered"])
    share = counts["within"] / counts["registered"].where(counts["registered"] > 0)
    found = counts.assign(share=share, low=low, high=high)[["area", "day", *COUNTS, "share", "low", "high"]]
    return found.sort_values(["area", "day"], kind="stable", ignore_index=True)

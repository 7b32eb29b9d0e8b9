"""Where inspection does not reach: premises never inspected, overdue or due soon, and the share inspected by area.

A facility is *registered* on a day where the register has it in force. It is *due* as many days after its last
inspection as the policy says for its kind, *overdue* from the day after that, and *due soon* in the days before it.
*Never* means registered with no inspection on or before the day. *Found* counts the premises in which an inspector has
ever stood, registered on the day or not: where it is larger than what was inspected of the registered ones, premises
have closed or have slipped out of the register. The denominator of a share is what is registered, never what was found.

The share inspected is that of a population which is counted whole; its interval says what an area with as few premises
can tell of how the inspectorate works there, not of a sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.analysis.areas.nesting import in_force
from gis.analysis.locate.points import locate_points
from gis.analysis.responsibility.periods import is_among
from gis.analysis.responsibility.workload import LEVELS
from gis.analysis.shares import wilson_interval
from gis.policies import InspectionPolicy

STATES: Final = ("never", "overdue", "due_soon", "current")
"""Of a registered facility, from the most to the least pressing."""


@dataclass(frozen=True)
class InspectionGaps:
    """What inspection has and has not reached on one day; built by `find_inspection_gaps`."""

    by_facility: pd.DataFrame
    """facility, kind (str), last, due_on (datetime64[s], NaT for never), days (Int64, past the day it was due, negative
    before it), state (str, one of STATES): one row a registered facility, by code."""
    by_area: pd.DataFrame
    """area, name, level (str), registered, found, inspected, overdue (int64), share, low, high (float64, 0..1, NaN with
    nothing registered; 95 %): one row an area in force, highest level first, then by code."""

    def of_state(self, state: str) -> pd.DataFrame:
        """The facilities in one state, the most pressing first, then by code."""
        rows = self.by_facility[self.by_facility["state"] == state]
        return rows.sort_values(["days", "facility"], ascending=[False, True], kind="stable", ignore_index=True)


def find_last_visits(inspections: pd.DataFrame, on: date) -> pd.DataFrame:
    """`facility_code` (str), `last` (datetime64[s]), `visits` (int64): what `inspections` up to the day say, by code.

    Needs facility_code (str) and inspected_on (datetime64).

    >>> days = pd.to_datetime(["2024-01-05", "2024-03-01", "2026-01-01"])
    >>> seen = find_last_visits(pd.DataFrame({"facility_code": list("AAB"), "inspected_on": days}), date(2025, 1, 1))
    >>> seen.astype(str).to_numpy().tolist()
    [['A', '2024-03-01', '2']]
    """
    past = inspections.loc[inspections["inspected_on"] <= pd.Timestamp(on)]
    visits = past.groupby("facility_code")["inspected_on"].agg(["max", "size"]).reset_index()
    return visits.set_axis(["facility_code", "last", "visits"], axis=1).astype(
        {"facility_code": "str", "last": "datetime64[s]", "visits": "int64"}
    )


def find_inspection_gaps(
    facilities: gpd.GeoDataFrame,
    visits: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    on: date,
    policy: InspectionPolicy,
    levels: Sequence[str] = LEVELS,
) -> InspectionGaps:
    """When each registered facility is due, and what of each area's premises was inspected.

    Parameters: canonical `facilities` and `areas` of all periods, EPSG:4326; `visits` as `find_last_visits` gives them;
    `levels`, highest first. A facility counts for every area whose ground holds its point; on a common border or in an
    overlap of one level the smaller code wins.

    >>> always = {"valid_from": pd.NaT, "valid_to": pd.NaT}
    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").assign(**always)
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> points = gpd.points_from_xy(clinics["lon"], clinics["lat"])
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=points, crs=4326).assign(**always)
    >>> visits = pd.DataFrame({"facility_code": clinics["code"][:2], "visits": 1,
    ...     "last": pd.to_datetime(["2024-01-01", "2024-12-01"])})
    >>> gaps = find_inspection_gaps(clinics, visits, town, on=date(2025, 1, 1), policy=InspectionPolicy())
    >>> gaps.by_facility["state"].tolist()[:3], gaps.by_facility["days"].tolist()[:2]
    (['overdue', 'current', 'never'], [1, -334])
    >>> gaps.by_area.loc[0, ["registered", "inspected", "overdue"]].tolist()
    [5, 2, 1]
    """
    day = pd.Timestamp(on)
    registered = in_force(facilities, on)
    seen = pd.Series(visits["last"].to_numpy("datetime64[s]"), index=pd.Index(visits["facility_code"], dtype="str"))
    last = pd.Series(seen.reindex(registered["code"]).to_numpy("datetime64[s]"), index=registered.index)
    interval = registered["kind"].map(dict(policy.interval_days)).fillna(policy.default_days)
    due_on = (last + pd.to_timedelta(interval, unit="D")).astype("datetime64[s]")
    days = (day - due_on).dt.days.astype("Int64")
    by_facility = pd.DataFrame(
        {
            "facility": registered["code"].astype("str"),
            "kind": registered["kind"].astype("str"),
            "last": last,
            "due_on": due_on,
            "days": days,
            "state": _name_states(days, policy.due_soon_days),
        }
    )
    gone = _find_gone(facilities, registered, seen)
    by_area = _count_areas(registered, by_facility["state"], gone, areas, on, levels)
    return InspectionGaps(by_facility.sort_values("facility", ignore_index=True), by_area)


def _name_states(days: "pd.Series[Any]", due_soon_days: int) -> "pd.Series[str]":
    past = days.to_numpy(dtype=np.float64, na_value=np.nan)
    found = np.select([np.isnan(past), past > 0, past >= -due_soon_days], STATES[:3], STATES[3])
    return pd.Series(found, index=days.index, dtype="str")


def _find_gone(facilities: gpd.GeoDataFrame, registered: gpd.GeoDataFrame, seen: "pd.Series[Any]") -> gpd.GeoDataFrame:
    """The last known row of each facility that was visited and is not registered on the day."""
    others = facilities[~is_among(facilities["code"], registered["code"])]
    gone = others[is_among(others["code"], seen.index)]
    return gone.sort_values("valid_from", na_position="first").drop_duplicates("code", keep="last")


def _count_areas(
    registered: gpd.GeoDataFrame,
    states: "pd.Series[str]",
    gone: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    on: date,
    levels: Sequence[str],
) -> pd.DataFrame:
    ground = in_force(areas, on).sort_values("code", kind="stable")
    inspected = (states != "never").to_numpy()
    counted = {
        "registered": np.concatenate([np.ones(len(registered)), np.zeros(len(gone))]),
        "found": np.concatenate([inspected, np.ones(len(gone))]),
        "inspected": np.concatenate([inspected, np.zeros(len(gone))]),
        "overdue": np.concatenate([(states == "overdue").to_numpy(), np.zeros(len(gone))]),
    }
    lon, lat = (np.concatenate([axis(registered), axis(gone)]) for axis in (_lon, _lat))
    parts = []
    for level in (*levels, *sorted(set(ground["level"]) - set(levels))):
        rows = ground[ground["level"] == level]
        place = locate_points(lon, lat, rows.geometry.to_numpy())
        held = place >= 0
        counts = {
            name: np.bincount(place[held], weights=what[held], minlength=len(rows)).astype(np.int64)
            for name, what in counted.items()
        }
        parts.append(pd.DataFrame({"area": rows["code"], "name": rows["name"], "level": rows["level"], **counts}))
    found = pd.concat(parts, ignore_index=True).astype({"area": "str", "name": "str", "level": "str"})
    low, high = wilson_interval(found["inspected"], found["registered"])
    share = found["inspected"] / found["registered"].where(found["registered"] > 0)
    return found.assign(share=share, low=low, high=high)


def _lon(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.asarray(shapely.get_x(frame.geometry.to_numpy()), dtype=np.float64)


def _lat(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.asarray(shapely.get_y(frame.geometry.to_numpy()), dtype=np.float64)

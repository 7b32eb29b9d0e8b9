"""Premises on one day: where each facility lies, what it is licensed for, and what the register itself says is amiss.

A licence *in force* is valid on the day; a facility whose licences are all over has *lapsed*, one that never had any
by the day has *none*. A machine is *shared* where its serial number stands at two facilities or more on the same day:
it was moved and not signed off, or one of the two numbers is wrong. An *orphan* lies in no area of the lowest level
that exists at its place (`gis.analysis.responsibility.workload`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.workload import LEVELS, locate_facilities

LICENCE_STATES: Final = ("valid", "lapsed", "none")


def survey_premises(
    facilities: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    licences: pd.DataFrame,
    equipment: pd.DataFrame,
    *,
    on: date,
    levels: Sequence[str] = LEVELS,
) -> pd.DataFrame:
    """What the register says of each facility on the day.

    Parameters: canonical frames; `facilities` and `areas` those in force on the day, `licences` and `equipment` of all
    periods.

    Returns, on the index of `facilities`: `area` (str, the lowest area that holds the point; missing for none),
    `orphan` (bool), `licences` (int64, in force), `licence` (str, one of LICENCE_STATES), `machines` (int64, in force),
    `shared` (bool, one of the machines is shared).

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson")
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]), crs=4326)
    >>> first, last = pd.to_datetime(["2020-01-01", "2020-01-01"]), pd.to_datetime(["2025-01-01", None])
    >>> since = {"valid_from": first, "valid_to": last}
    >>> held = pd.DataFrame({"facility_code": list(clinics["code"][:2]), "number": ["1", "2"], **since})
    >>> machines = pd.DataFrame({"facility_code": list(clinics["code"][:2]), "serial": ["S", "S"], **since})
    >>> found = survey_premises(clinics, town, held, machines, on=date(2024, 1, 1))
    >>> found["shared"].tolist()[:3], found["licence"].tolist()[:3]
    ([True, True, False], ['valid', 'valid', 'none'])
    >>> survey_premises(clinics, town, held, machines, on=date(2026, 1, 1))["licence"].tolist()[:3]
    ['lapsed', 'valid', 'none']
    """
    codes = facilities["code"]
    valid = in_force(licences, on)["facility_code"].value_counts()
    begun = licences["valid_from"].isna() | (licences["valid_from"] <= pd.Timestamp(on))
    counted = codes.map(valid).fillna(0).astype("int64")
    state = pd.Series("none", index=codes.index, dtype="str")
    state = state.mask(codes.isin(licences.loc[begun, "facility_code"]), "lapsed").mask(counted > 0, "valid")
    standing = in_force(equipment, on).drop_duplicates(["serial", "facility_code"])
    shared = standing.loc[standing["serial"].duplicated(keep=False), "facility_code"]
    return pd.DataFrame(
        {
            "area": locate_facilities(facilities, areas, levels=levels, climb=True),
            "orphan": locate_facilities(facilities, areas, levels=levels).isna(),
            "licences": counted,
            "licence": state,
            "machines": codes.map(standing["facility_code"].value_counts()).fillna(0).astype("int64"),
            "shared": codes.isin(shared),
        }
    )

"""Premises on a day: licences, shared machines, and where facilities lie."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.analysis.premises.survey import survey_premises

DAY = date(2026, 1, 1)


def frames(licences: Sequence[tuple[Any, ...]], machines: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Two facilities in one grid and one in none, with what they hold."""
    areas = gpd.GeoDataFrame(
        {"code": ["v", "g"], "level": ["village", "grid"], "parent_code": [None, "v"]},
        geometry=[shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1)],
        crs=4326,
    )
    places = shapely.points([0.5, 0.6, 1.5], [0.5, 0.6, 1.5])
    facilities = gpd.GeoDataFrame({"code": ["A", "B", "C"]}, geometry=places, crs=4326, index=[7, 8, 9])
    held = pd.DataFrame(licences, columns=["facility_code", "valid_from", "valid_to"]).assign(number="1")
    stand = pd.DataFrame(machines, columns=["serial", "facility_code", "valid_from", "valid_to"])
    for frame in (held, stand):
        for name in ("valid_from", "valid_to"):
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return [facilities, areas, held, stand]


@pytest.mark.parametrize(
    ("begin", "end", "state", "count"),
    [
        ("2025-01-01", None, "valid", 1),
        ("2025-01-01", "2026-01-02", "valid", 1),
        ("2025-01-01", "2026-01-01", "lapsed", 0),
        ("2026-01-02", None, "none", 0),
    ],
)
def test_a_licence_is_in_force_until_the_day_before_its_end(
    begin: str, end: str | None, state: str, count: int
) -> None:
    """Periods are half-open, and a licence that is still to begin makes no facility lapsed."""
    found = survey_premises(*frames([("A", begin, end)], []), on=DAY)
    assert found[["licence", "licences"]].to_numpy()[0].tolist() == [state, count]
    assert found[["licence", "licences"]].to_numpy()[1].tolist() == ["none", 0]


def test_a_machine_is_shared_only_while_both_places_have_it() -> None:
    """A machine that was signed off before it was moved is at one place."""
    moved = [("S", "A", "2024-01-01", "2025-01-01"), ("S", "B", "2025-01-01", None)]
    found = survey_premises(*frames([], moved), on=DAY)
    assert found["shared"].tolist() == [False, False, False]
    assert found["machines"].tolist() == [0, 1, 0]
    both = [("S", "A", "2024-01-01", None), ("S", "B", "2025-01-01", None)]
    assert survey_premises(*frames([], both), on=DAY)["shared"].tolist() == [True, True, False]


def test_a_facility_beside_the_grids_of_its_village_is_an_orphan() -> None:
    """It keeps the village as its area, and the index is that of the facilities."""
    found = survey_premises(*frames([], []), on=DAY)
    assert found["area"].tolist() == ["g", "g", "v"]
    assert found["orphan"].tolist() == [False, False, True]
    assert found.index.tolist() == [7, 8, 9]

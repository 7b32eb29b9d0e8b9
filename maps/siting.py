"""The map on which a leader tries a clinic: a click tells the page around it where."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import geopandas as gpd

from gis.texts import N_, Language
from maps.access import classify
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.slim import build_slim
from maps.view import find_bounds

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": N_("What if a clinic opened here"),
        "map": N_("Map: click where a clinic might open"),
        "site": N_("Site of antenatal care"),
        "within": N_("Modelled demand within {minutes} min on foot"),
        "beyond": N_("Further away"),
        "newly": N_("Would come within reach"),
        "here": N_("The new clinic"),
    }
)


@dataclass(frozen=True)
class SitingMap:
    """What the map shows of one day."""

    areas: gpd.GeoDataFrame
    """code, name, level; the outlines."""
    sites: gpd.GeoDataFrame
    """code, name, kind; points."""
    cells: gpd.GeoDataFrame
    """demand (float64), within (bool): whether a site is within the first limit on foot; points."""
    minutes: int


def render(data: SitingMap, *, lang: Language) -> str:
    """The page to serve inside another."""
    content = {
        "areas": {**columns_to_json(data.areas), "shape": polygons_to_json(data.areas.geometry)},
        "sites": {**columns_to_json(data.sites), **points_to_json(data.sites.geometry)},
        "cells": {
            **points_to_json(data.cells.geometry),
            "class": classify(data.cells["demand"]),
            "within": data.cells["within"].tolist(),
        },
        "minutes": data.minutes,
    }
    return build_slim("what_if", TEXTS, content, lang=lang, bounds=find_bounds(data.areas, data.cells))

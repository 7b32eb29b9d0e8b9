"""The responsibility page of 50,000 polygons, beside folium's own page of the same polygons in the same run.

*Export* is the single file for the disk, made and encoded. *First view* is what a browser is sent when it opens the
light page of the web application: HTML, vector tiles, and JSON of the gaps, uncompressed and counted by the server; the
libraries and style sheets, the same for every page and kept by the browser, are a line of their own. *Usable* is the
time from opening the exported file in headless Chromium to a drawn map that can be searched.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Page, sync_playwright

from maps.responsibility import ResponsibilityData, render
from tests.benchmarks.figures import Figure, figure, median_seconds
from tests.benchmarks.towns import Lattice
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.tile_server import Application, serve

CHROMIUM = Path("/usr/bin/chromium")
PEER = "folium.GeoJson with a tooltip"
STEPS = {"district": None, "street": 25, "village": 5, "grid": 1}
"""Level -> side of an area in cells; the district holds all."""


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Export seconds and bytes, first view bytes, and seconds until the export is usable."""
    data = build_district(columns=50 if quick else 250, rows=100 if quick else 200)
    grids = data.areas[data.areas["level"] == "grid"].reset_index(drop=True)
    flat = ResponsibilityData(grids, data.faults, data.facilities, ("grid",), data.on, None, data.gaps)
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = Path(folder) / "folium.html", Path(folder) / "wangge.html"
        render(flat, lang="zh", standalone=True)
        their_seconds, _none = median_seconds(lambda: save_with_folium(grids, theirs), repeats=1)
        our_seconds, _written = median_seconds(lambda: save(flat, ours))
        name = f"maps.{len(grids)}_polygons"
        yield figure(f"{name}.export_seconds", our_seconds, "s", peer=PEER, peer_value=their_seconds)
        page_bytes = theirs.stat().st_size
        yield figure(f"{name}.export_bytes", ours.stat().st_size, "B", peer=PEER, peer_value=page_bytes)
        if not CHROMIUM.exists():
            return
        yield from view(name, data, ours, page_bytes)


def view(name: str, data: ResponsibilityData, exported: Path, page_bytes: int) -> Iterator[Figure]:
    """What Chromium is sent at first view, and how long the exported file takes to be usable."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        application = Application(data)
        with serve(application) as address:
            open_until_drawn(page, address)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1000)
        libraries = sum(size for path, size in application.sent.items() if path.startswith("/assets/"))
        asked = sum(application.sent.values()) - libraries
        yield figure(f"{name}.first_view_bytes", asked, "B", peer=PEER, peer_value=page_bytes)
        yield figure(f"{name}.first_view_library_bytes", libraries, "B")
        begin = time.perf_counter()
        open_until_drawn(page, exported.as_uri())
        yield figure(f"{name}.export_usable_seconds", time.perf_counter() - begin, "s")
        browser.close()


def open_until_drawn(page: Page, address: str) -> None:
    """Returns once the page is ready and has named its areas on the map."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    page.locator("#query").fill("1")
    page.locator("#hits li").first.wait_for(timeout=120_000)


def save(data: ResponsibilityData, path: Path) -> None:
    """Our single file."""
    path.write_text(render(data, lang="zh", standalone=True), encoding="utf-8")


def save_with_folium(areas: gpd.GeoDataFrame, path: Path) -> None:
    """The page that folium makes by itself: a GeoJson layer with the same columns in a tooltip."""
    west, south, east, north = areas.total_bounds
    chart = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=11)
    columns = ["code", "name", "level", "officer", "state"]
    folium.GeoJson(areas[[*columns, "geometry"]], tooltip=folium.GeoJsonTooltip(fields=columns)).add_to(chart)
    chart.save(str(path))


def build_district(*, columns: int, rows: int) -> ResponsibilityData:
    """Columns x rows grid cells of 8 corners in villages of 25, streets of 625 and one district; 1 % vacant, 0.1 %
    doubled, a hole in every fiftieth village, a facility for every ten grids."""
    random = np.random.default_rng(1)
    lattice = Lattice(columns, rows, bends=1)
    areas = pd.concat([build_level(lattice, level, step) for level, step in STEPS.items()], ignore_index=True)
    areas = gpd.GeoDataFrame(areas, geometry="geometry", crs=4326)
    draw = random.random(len(areas))
    areas["state"] = np.select([draw < 0.01, draw < 0.011], ["vacant", "doubled"], default="covered")
    areas["officer"] = areas["officer"].where(areas["state"] != "vacant", None)
    villages = areas[areas["level"] == "village"].iloc[::50]
    faults = gpd.GeoDataFrame(
        {"kind": "hole", "a": villages["code"].to_numpy(), "b": None, "area_m2": 400.0},
        geometry=shapely.buffer(shapely.centroid(villages.geometry.to_numpy()), 0.0001, quad_segs=2),
        crs=4326,
    )
    lon, lat = lattice.points(columns * rows // 10)
    codes = [f"F{n:06d}" for n in range(len(lon))]
    facilities = gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [f"诊所 {code}" for code in codes],
            "kind": "clinic",
            "area_code": None,
            "orphan": False,
        },
        geometry=shapely.points(lon, lat),
        crs=4326,
    )
    doubled = areas.loc[areas["state"] == "doubled", "code"]
    gaps = {
        "vacant": areas.loc[areas["state"] == "vacant", "code"].tolist(),
        "doubled": [{"target": c, "officers": ["O1", "O2"], "from": "2026-01-01", "to": None} for c in doubled],
        "orphans": [],
    }
    return ResponsibilityData(areas, faults, facilities, tuple(STEPS), date(2026, 6, 1), None, gaps)


def build_level(lattice: Lattice, level: str, step: int | None) -> pd.DataFrame:
    """The areas of one level, codes as long as real ones."""
    wide, high = (step, step) if step else (lattice.columns, lattice.rows)
    shapes = lattice.blocks(wide, high)
    number = np.arange(len(shapes))
    digits = {"district": 6, "street": 9, "village": 12, "grid": 15}[level]
    return pd.DataFrame(
        {
            "code": [f"33{n:0{digits - 2}d}" for n in number],
            "name": [f"第{n}号{level}" for n in number],
            "level": level,
            "parent_code": None,
            "officer": [f"责任人{n // 7:05d}" for n in number],
            "geometry": shapes,
        }
    )

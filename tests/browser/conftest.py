"""An invented district with each kind of gap, and a headless Chromium that may speak to nobody.

The ground is a lattice with moved corners: streets of villages of grid cells, all sharing their borders.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from maps.responsibility import ResponsibilityData

LEVELS = ("district", "street", "village", "grid")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "敏静丽强磊洋艳勇杰娟涛明超兰霞平刚桂英华"
STREETS = ["东门", "西河", "南塘", "北岭", "鼓楼", "柳湾", "石桥", "青龙", "白鹭", "金沙", "月亮", "云台"]
VILLAGES = [
    "和平",
    "新华",
    "文昌",
    "长兴",
    "太平",
    "永安",
    "红星",
    "桃园",
    "竹林",
    "清水",
    "大榕",
    "凤山",
    "荷塘",
    "下洋",
    "上坪",
    "古井",
]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]


class Ground:
    """A lattice of `columns` x `rows` cells; blocks of cells share the bent borders between them."""

    def __init__(self, columns: int, rows: int, *, seed: int = 4) -> None:
        random = np.random.default_rng(seed)
        x, y = np.meshgrid(np.arange(2 * columns + 1), np.arange(2 * rows + 1))
        wave = np.stack([np.sin(y / 9) * 1.6 + np.sin(y / 3.7) * 0.5, np.sin(x / 11) * 1.7 + np.sin(x / 4.1) * 0.4])
        moved = np.stack([x, y]) + wave + random.uniform(-0.42, 0.42, (2, *x.shape))
        self.corners = np.moveaxis(moved, 0, -1) * [0.0013, 0.0011] + [120.62, 27.98]

    def block(self, column: int, row: int, wide: int, high: int) -> shapely.Polygon:
        """The polygon of the cells from a corner."""
        west, south, east, north = 2 * column, 2 * row, 2 * (column + wide), 2 * (row + high)
        rim = self.corners
        ring = [rim[south, west:east], rim[south:north, east], rim[north, east:west:-1], rim[north:south:-1, west]]
        return shapely.Polygon(np.concatenate(ring))


def build_district(*, streets: tuple[int, int] = (4, 3), villages: int = 3, cells: int = 4) -> ResponsibilityData:
    """A district of streets x villages^2 x cells^2, every kind of gap planted once or more."""
    random = np.random.default_rng(7)
    side = villages * cells
    ground = Ground(streets[0] * side, streets[1] * side)
    rows: list[dict[str, Any]] = []

    def name() -> str:
        return str(random.choice(list(SURNAMES)) + "".join(random.choice(list(GIVEN), 2)))

    def add(level: str, code: str, parent: str | None, title: str, shape: shapely.Polygon) -> None:
        row = {
            "code": code,
            "name": title,
            "level": level,
            "parent_code": parent,
            "officer": name(),
            "state": "covered",
        }
        rows.append({**row, "from": "2025-01-01", "to": None, "geometry": shape})

    add("district", "330399", None, "示例区", ground.block(0, 0, streets[0] * side, streets[1] * side))
    for s in range(streets[0] * streets[1]):
        column, row = s % streets[0] * side, s // streets[0] * side
        street = f"330399{s + 1:03d}"
        add("street", street, "330399", STREETS[s % 12] + "街道", ground.block(column, row, side, side))
        for v in range(villages**2):
            west, south = column + v % villages * cells, row + v // villages * cells
            village = f"{street}{v + 1:03d}"
            add("village", village, street, VILLAGES[(s * 9 + v) % 16] + "村", ground.block(west, south, cells, cells))
            holder = [name(), name(), name()]
            for g in range(cells**2):
                shape = ground.block(west + g % cells, south + g // cells, 1, 1)
                add("grid", f"{village}{g + 1:03d}", village, f"第{g + 1}网格", shape)
                rows[-1]["officer"] = holder[g * 3 // cells**2]
    return _plant(gpd.GeoDataFrame(rows, geometry="geometry", crs=4326), random)


def _plant(areas: gpd.GeoDataFrame, random: np.random.Generator) -> ResponsibilityData:
    grids = areas.index[areas["level"] == "grid"].to_numpy()
    villages = areas.index[areas["level"] == "village"].to_numpy()
    vacant = [*random.choice(grids, 14, replace=False), *random.choice(villages, 3, replace=False)]
    doubled = [i for i in [*random.choice(grids, 6, replace=False), random.choice(villages)] if i not in vacant]
    areas.loc[vacant, ["officer", "from"]] = None
    areas.loc[vacant, "state"] = "vacant"
    areas.loc[doubled, "state"] = "doubled"
    cut = random.choice(np.setdiff1d(grids, [*vacant, *doubled]), 6, replace=False)
    faults = []
    for kind, i in zip(["hole", "hole", "overlap", "overlap", "outside", "outside"], cut, strict=True):
        area = areas.loc[i]
        part = shapely.intersection(area.geometry, area.geometry.centroid.buffer(0.0006))
        b = {"hole": None, "overlap": areas.loc[i + 1, "code"], "outside": area["parent_code"]}[kind]
        a = area["parent_code"] if kind == "hole" else area["code"]
        faults.append({"kind": kind, "a": a, "b": b, "area_m2": float(random.integers(40, 9000)), "geometry": part})
    west, south, east, north = areas.total_bounds
    many = 420
    points = shapely.points(
        random.normal((west + east) / 2, (east - west) / 6, many), random.uniform(south, north, many)
    )
    within = shapely.contains(areas.geometry.iloc[0], points)
    facilities = gpd.GeoDataFrame(
        {
            "code": [f"F{n:04d}" for n in range(many)],
            "name": [f"{STREETS[n % 12]}{['诊所', '社区卫生服务站', '药店', '妇产医院'][n % 4]}" for n in range(many)],
            "kind": [["clinic", "station", "pharmacy", "hospital"][n % 4] for n in range(many)],
            "area_code": None,
            "orphan": ~within,
        },
        geometry=points,
        crs=4326,
    )
    codes = areas["code"]
    gaps = {
        "vacant": codes[sorted(vacant)].tolist(),
        "doubled": [
            {"target": codes[i], "officers": [areas.loc[i, "officer"], "陈超兰"], "from": "2025-03-01", "to": None}
            for i in sorted(doubled)
        ],
        "orphans": facilities.loc[~within, "code"].tolist(),
    }
    for i in doubled:
        areas.loc[i, "officer"] = f"{areas.loc[i, 'officer']}、陈超兰"
    shapes = gpd.GeoDataFrame(faults, geometry="geometry", crs=4326)
    return ResponsibilityData(areas, shapes, facilities, LEVELS, date(2026, 6, 1), None, gaps)


class Watched:
    """A page whose console and requests are listened to; it may ask for nothing beyond `allowed` addresses."""

    def __init__(self, context: BrowserContext, allowed: tuple[str, ...]) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.allowed = allowed
        context.route("**/*", self._decide)
        self.page: Page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _decide(self, route: Route, request: Request) -> None:
        self.requests.append(request.url)
        if request.url.startswith(self.allowed):
            route.continue_()
        else:
            self.errors.append(f"asked for {request.url}")
            route.abort()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, address: str) -> Page:
        """The page once it is ready."""
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page


Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests, WebGL drawn by the processor."""
    binary = Path("/usr/bin/chromium")
    if not binary.exists():
        pytest.skip("there is no /usr/bin/chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=20_000)
        browser = playwright.chromium.launch(executable_path=str(binary), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Open]:
    """Makes a watched page; afterwards nothing may have gone wrong in it."""
    made: list[tuple[BrowserContext, Watched]] = []

    def make(
        *, width: int = 1280, height: int = 800, allowed: tuple[str, ...] = ("file:", "data:", "blob:"), **more: Any
    ) -> Watched:
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **more)
        context.set_default_timeout(20_000)
        made.append((context, Watched(context, allowed)))
        return made[-1][1]

    yield make
    for context, watched in made:
        context.close()
        assert watched.errors == []


@pytest.fixture(scope="session")
def district() -> ResponsibilityData:
    """About 1,850 areas."""
    return build_district()

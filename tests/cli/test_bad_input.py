"""Bad files end with one clear message, the right exit status, and an unchanged database."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.crs import to_datum
from gis.settings import ROOT
from tests.cli.conftest import TINY, Run

WENZHOU = ROOT.parent / "shared" / "data" / "wenzhou" / "wenzhou_districts_wgs84.geojson"
TABLES = ("area", "officer", "assignment", "facility", "licence", "equipment", "operator", "import_run", "area_change")
Make = Callable[[Path], Path]
HEAD = "code,name,level,parent_code,geometry\n"
VILLAGE = "990101001201"


def area_csv(*rows: str) -> Make:
    """A maker of an areas file with these rows."""
    return lambda folder: written(folder / "areas.csv", HEAD + "\n".join(rows) + "\n")


def csv(name: str, content: str) -> Make:
    """A maker of a CSV file."""
    return lambda folder: written(folder / name, content)


def written(path: Path, content: str) -> Path:
    """The path, after the text was written to it."""
    path.write_text(content, encoding="utf-8")
    return path


def polygon(west: float, south: float, side: float = 0.001) -> str:
    """A quoted square as text."""
    return f'"{shapely.box(west, south, west + side, south + side).wkt}"'


def swapped(folder: Path) -> Path:
    """The town's facilities with lon and lat exchanged."""
    frame = pd.read_csv(TINY / "facilities.csv", dtype=str)
    frame.rename(columns={"lon": "lat", "lat": "lon"}).to_csv(folder / "swapped.csv", index=False)
    return folder / "swapped.csv"


def without_crs(folder: Path) -> Path:
    """A shapefile of areas without its .prj."""
    frame = gpd.read_file(TINY / "areas.geojson")[["code", "name", "level", "parent_code", "geometry"]]
    frame = frame.rename(columns={"parent_code": "parent"})
    frame.to_file(folder / "areas.shp", engine="pyogrio", encoding="UTF-8")
    (folder / "areas.prj").unlink()
    return folder / "areas.shp"


def truncated_gpkg(folder: Path) -> Path:
    """The first half of a GeoPackage."""
    path = folder / "areas.gpkg"
    gpd.read_file(TINY / "areas.geojson").to_file(path, driver="GPKG", engine="pyogrio")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def zip_bomb(folder: Path) -> Path:
    """A workbook whose sheet unpacks to 2 GB of zeros."""
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _block in range(128):
                sheet.write(bytes(2**24))
    return path


def external_entity(folder: Path) -> Path:
    """A KML that would read a file of the machine."""
    content = '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><name>&x;</name></kml>'
    return written(folder / "areas.kml", content)


def hidden_sheet(folder: Path) -> Path:
    """A harmless workbook of facilities, and a hidden sheet of names and resident numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "name", "kind", "lon", "lat"])
    sheet.append(["F9", "北村诊所", "诊所", 120.6505, 28.0015])
    people = book.create_sheet("名单")
    people.sheet_state = "hidden"
    people.append(["姓名", "身份证号"])
    people.append(["某某", "11010519491231002X"])
    book.save(folder / "facilities.xlsx")
    return folder / "facilities.xlsx"


DUTY = "officer_code,target_kind,target_code,role,valid_from,valid_to\n"
PLACES = "code,name,kind,lon,lat\n"
NEW = "990101001201"
CASES: dict[str, tuple[str, Make, int, tuple[str, ...]]] = {
    "swapped axes": ("facilities", swapped, 3, ("lon", "lat")),
    "missing reference system": ("areas", without_crs, 3, (".prj",)),
    "bow-tie": (
        "areas",
        area_csv(
            f'{NEW}009,a,grid,{VILLAGE},"POLYGON((120.65 28.001,120.651 28.002,'
            '120.651 28.001,120.65 28.002,120.65 28.001))"'
        ),
        3,
        ("row 1", "geometry", "not valid"),
    ),
    "empty polygon": ("areas", area_csv(f"{NEW}009,a,grid,{VILLAGE},POLYGON EMPTY"), 3, ("row 1", "geometry")),
    "child far from its parent": (
        "areas",
        area_csv(f"{NEW}009,a,grid,{VILLAGE},{polygon(121, 29)}"),
        3,
        ("row 1", VILLAGE),
    ),
    "unknown parent": (
        "areas",
        area_csv(f"990101001999009,a,grid,990101001999,{polygon(120.65, 28.001)}"),
        3,
        ("row 1", "parent_code", "990101001999"),
    ),
    "duplicate code": (
        "facilities",
        csv("twice.csv", PLACES + "F8,a,诊所,120.6505,28.0015\nF8,b,诊所,120.6506,28.0015\n"),
        3,
        ("row 2", "code", "F8"),
    ),
    "two primaries in one file": (
        "assignments",
        csv("two.csv", DUTY + f"O1,area,{NEW}003,primary,2026-01-01,\nO2,area,{NEW}003,primary,2026-05-01,\n"),
        3,
        ("row 2", "O1", "O2", f"{NEW}003"),
    ),
    "a primary beside a stored one": (
        "assignments",
        csv("beside.csv", DUTY + f"O1,area,{NEW}002,primary,2026-01-01,\n"),
        3,
        ("row 1", "O1", "O2", f"{NEW}002"),
    ),
    "period that ends before it starts": (
        "assignments",
        csv("backwards.csv", DUTY + f"O1,area,{NEW}003,deputy,2026-05-01,2026-01-01\n"),
        3,
        ("row 1", "valid_to"),
    ),
    "truncated GeoPackage": ("areas", truncated_gpkg, 3, ("areas.gpkg",)),
    "zip bomb": ("facilities", zip_bomb, 3, ("bomb.xlsx",)),
    "external entity": ("areas", external_entity, 3, ("areas.kml",)),
    "hidden sheet of people": ("facilities", hidden_sheet, 4, ("名单",)),
    "a column of pregnancy weeks": (
        "facilities",
        csv("weeks.csv", "code,name,kind,lon,lat,孕周\nF9,诊所,诊所,120.6505,28.0015,12\n"),
        4,
        ("孕周",),
    ),
    "a column nobody declared": (
        "facilities",
        csv("colour.csv", "code,name,kind,lon,lat,colour\nF9,诊所,诊所,120.6505,28.0015,red\n"),
        3,
        ("colour",),
    ),
}


def everything(engine: Engine) -> dict[str, Any]:
    """Number of rows of every table, and a mark of all their contents."""
    with engine.connect() as connection:
        return {
            name: connection.execute(
                text(f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t.id)), '') FROM {name} t")
            ).one()
            for name in TABLES
        }


@pytest.mark.parametrize("case", CASES)
def test_refused_whole(town: Run, engine: Engine, tmp_path: Path, case: str) -> None:
    """The message names file and place, the status fits, nothing is written, and no traceback is shown."""
    kind, make, expected, named = CASES[case]
    path = make(tmp_path)
    before = everything(engine)
    status, out, err = town("import", kind, path)
    assert status == expected, err
    assert everything(engine) == before
    told = " ".join((out + err).split())
    assert path.name in err
    assert "Traceback" not in told
    for word in named:
        assert word.lower() in told.lower(), word


def test_nothing_of_a_person_is_shown(town: Run, tmp_path: Path) -> None:
    """A refusal by the firewall names place and rule, never a value, in any format."""
    for form in ("table", "json", "csv"):
        status, out, err = town("import", "facilities", hidden_sheet(tmp_path), "--format", form)
        assert status == 4
        assert "1949" not in out + err
        assert "某某" not in out + err


@pytest.mark.real_data
@pytest.mark.parametrize("label", ["geojson", "option"])
def test_gcj02_labelled_wgs84(wangge: Run, engine: Engine, tmp_path: Path, label: str) -> None:
    """Points shifted to GCJ-02 but labelled WGS 84 are refused; the message names the datum that fits, which works."""
    if not WENZHOU.is_file():
        pytest.skip("the Wenzhou data is not beside this repository")
    districts = gpd.read_file(WENZHOU)
    parts = districts.assign(level="district", parent_code=None)
    parts.to_file(tmp_path / "areas.gpkg", driver="GPKG", engine="pyogrio")
    status, _out, err = wangge("import", "areas", tmp_path / "areas.gpkg")
    assert status == 0, err
    points = parts.sample_points(60, rng=np.random.default_rng(5)).explode()
    lon, lat = to_datum(points.x, points.y, datum="gcj02")
    claimed = parts["code"].reindex(points.index.get_level_values(0)).to_numpy()
    frame = pd.DataFrame(
        {"code": [f"F{n}" for n in range(len(lon))], "name": "诊所", "kind": "诊所", "area_code": claimed}
    )
    before = everything(engine)
    words: tuple[str, ...] = ()
    if label == "geojson":
        path = tmp_path / "clinics.geojson"
        gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs=4326).to_file(path, driver="GeoJSON")
    else:
        path, words = tmp_path / "clinics.csv", ("--datum", "wgs84")
        frame.assign(lon=lon, lat=lat).to_csv(path, index=False)
    status, out, err = wangge("import", "facilities", path, *words)
    assert status == 3
    assert everything(engine) == before
    assert "gcj02" in (out + err).lower().replace("-", "")
    status, out, err = wangge("import", "facilities", path, "--datum", "gcj02", "--format", "json")
    assert status == 0, err
    assert json.loads(out)["evidence"]["datum"]["chosen"] == "gcj02"


def test_gbk_shapefile_without_cpg(wangge: Run, tmp_path: Path) -> None:
    """Chinese names of a GBK shapefile that does not say its encoding come out right, with the evidence."""
    frame = gpd.read_file(TINY / "areas.geojson")[["code", "name", "level", "parent_code", "geometry"]]
    frame.rename(columns={"code": "代码", "name": "名称", "level": "层级", "parent_code": "上级代码"}).to_file(
        tmp_path / "areas.shp", engine="pyogrio", encoding="GB18030"
    )
    (tmp_path / "areas.cpg").unlink(missing_ok=True)
    status, out, err = wangge("import", "areas", tmp_path / "areas.shp", "--format", "json")
    assert status == 0, err
    assert json.loads(out)["evidence"]["encoding"]["chosen"] in ("GBK", "GB18030")
    assert "北一格" in wangge("areas", "list")[1]


def test_kill_in_the_middle_of_an_import(town: Run, engine: Engine, database_url: str, tmp_path: Path) -> None:
    """After a kill -9 at any moment of an import the database is as it was, and the import works again."""
    rows = io.StringIO()
    rows.write(PLACES)
    for n in range(60_000):
        rows.write(f"K{n},诊所{n},诊所,{120.6501 + n % 20 * 1e-4:.4f},28.0015\n")
    path = written(tmp_path / "many.csv", rows.getvalue())
    before = everything(engine)
    command = [sys.executable, "-c", "from gis.cli import main; main()", "import", "facilities", str(path)]
    environment = {**os.environ, "WANGGE_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    writing = False
    for _attempt in range(5):
        victim = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        writing = _wait_until_writing(engine, victim)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        if writing:
            break
    assert writing, "the import was never seen to write"
    _wait_until_alone(engine)
    assert everything(engine) == before
    assert town("import", "facilities", path)[0] == 0


def _wait_until_writing(engine: Engine, process: subprocess.Popen[bytes]) -> bool:
    """Whether a writing statement of another session was seen before the process ended."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND state <> 'idle' AND query ~ '^ *(COPY|INSERT|WITH|CREATE|ALTER|DROP|ANALYZE)'"
    )
    while process.poll() is None:
        with engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return True
        time.sleep(0.002)
    return False


def _wait_until_alone(engine: Engine) -> None:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'")
    for _turn in range(500):
        with engine.connect() as connection:
            if connection.execute(query).scalar_one() <= 1:
                return
        time.sleep(0.02)

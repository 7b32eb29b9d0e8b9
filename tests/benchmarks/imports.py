"""Import of facilities from CSV into the store, validation and firewall included, beside a bare COPY of the same rows.

The peer is one psycopg2 COPY of the rows as they end up in the store (hex EWKB points, dates, datum) from a prepared
text into a table of the same columns without any index. It reads nothing, checks nothing and keeps no history.
"""

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely
from sqlalchemy import make_url

from gis.roles import Actor
from gis.services.imports import import_file
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store import read
from gis.store.cluster import Cluster
from tests.benchmarks.figures import Figure, figure

ACTOR = Actor("admin", "benchmark")
SIDE = 10
"""Villages in a row and in a column of the square district."""


def run(*, quick: bool) -> Iterator[Figure]:
    """Seconds for 1,000,000 facilities (quick: 50,000), and for the same file again."""
    rows = 50_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)
        workspace = Workspace(Settings(home=home))
        try:
            yield from _measure(workspace, home, rows)
        finally:
            workspace.close()
            Cluster(home).stop()


def _measure(workspace: Workspace, home: Path, rows: int) -> Iterator[Figure]:
    areas, facilities = home / "areas.geojson", home / "facilities.csv"
    _make_areas(areas)
    _make_facilities(facilities, rows)
    import_file(workspace, ACTOR, "areas", areas)
    begin = time.perf_counter()
    result = import_file(workspace, ACTOR, "facilities", facilities)
    seconds = time.perf_counter() - begin
    assert result.inserted == rows, result.report.problems[:3]
    peer = _bare_copy(workspace)
    name = f"import: {rows:,} facilities from CSV, firewall and validation included"
    yield figure(name, seconds, "s", peer="bare psycopg2 COPY of the same rows", peer_value=peer)
    begin = time.perf_counter()
    again = import_file(workspace, ACTOR, "facilities", facilities)
    seconds = time.perf_counter() - begin
    assert again.unchanged == rows
    name = f"import: the same {rows:,} facilities again, nothing changes"
    yield figure(name, seconds, "s", peer="bare psycopg2 COPY of the same rows", peer_value=peer)


def _make_areas(path: Path) -> None:
    """A district of 0.2 degrees and its villages, called 990103 and 990103001001 onwards."""
    step = 0.2 / SIDE
    west, south = (axis.ravel() for axis in np.meshgrid(120 + step * np.arange(SIDE), 28 + step * np.arange(SIDE)))
    villages = [f"990103001{n:03d}" for n in range(1, SIDE**2 + 1)]
    district = shapely.box(120, 28, 120.2, 28.2)
    frame = gpd.GeoDataFrame(
        {
            "code": ["990103", "990103001", *villages],
            "name": ["区", "街道", *villages],
            "level": ["district", "street", *["village"] * len(villages)],
            "parent_code": [None, "990103", *["990103001"] * len(villages)],
        },
        geometry=[district, district, *shapely.box(west, south, west + step, south + step)],
        crs=4326,
    )
    frame.to_file(path, driver="GeoJSON", engine="pyogrio")


def _make_facilities(path: Path, rows: int) -> None:
    random = np.random.default_rng(20261121)
    number = np.arange(rows)
    table = pa.table(
        {
            "code": [f"F{n:07d}" for n in number],
            "name": [f"仁和诊所{n}" for n in number],
            "kind": random.choice(["诊所", "药店", "医院", "超声室"], rows),
            "lon": random.uniform(120.0001, 120.1999, rows).round(6),
            "lat": random.uniform(28.0001, 28.1999, rows).round(6),
            "address": [f"滨河路{n % 997}号" for n in number],
            "hours": random.choice(["08:00-17:00", "09:00-18:00", "00:00-24:00"], rows),
        }
    )
    pa_csv.write_csv(table, path)


def _bare_copy(workspace: Workspace) -> float:
    """Seconds of one COPY, with its commit, of the rows as they are stored."""
    with workspace.transaction() as connection:
        stored = read.read_table(connection, "facilities", on=None, known=None)
    text = _copy_text(stored)
    url = make_url(workspace.settings.database_url or Cluster(workspace.settings.home).url)
    host = url.query["host"]
    session = psycopg2.connect(dbname=url.database, user=url.username, host=str(host))
    with session.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_copy (code text, name text, kind text, address text, hours text, area_code text, "
            "raw_lon double precision, raw_lat double precision, source_datum text, valid daterange, "
            "geometry geometry(Point, 4326))"
        )
        session.commit()
        begin = time.perf_counter()
        cursor.copy_expert("COPY bare_copy FROM STDIN WITH (FORMAT csv)", text)
        session.commit()
        seconds = time.perf_counter() - begin
        cursor.execute("DROP TABLE bare_copy")
        session.commit()
    session.close()
    return seconds


def _copy_text(stored: gpd.GeoDataFrame) -> io.BytesIO:
    columns = ["code", "name", "kind", "address", "hours", "area_code", "raw_lon", "raw_lat", "source_datum"]
    frame = pd.DataFrame(stored[columns]).assign(
        valid="(,)",
        geometry=shapely.to_wkb(shapely.set_srid(stored.geometry.to_numpy(), 4326), hex=True, include_srid=True),
    )
    buffer = io.BytesIO()
    pa_csv.write_csv(
        pa.Table.from_pandas(frame, preserve_index=False), buffer, pa_csv.WriteOptions(include_header=False)
    )
    buffer.seek(0)
    return buffer

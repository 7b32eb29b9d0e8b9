"""Import of facilities from CSV into the store, validation and firewall included, beside a bare COPY of the same rows.

The peer is that of `import_copy`: one psycopg2 COPY of the rows as they end up in the store, from a prepared text into
a table without any index. It reads nothing, checks nothing and keeps no history.
"""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely

from gis.roles import Actor
from gis.services.imports.run import import_file
from gis.services.workspace import Workspace
from gis.store import read
from tests.benchmarks._workspace import own_workspace
from tests.benchmarks.figures import Figure, figure, median_seconds
from tests.benchmarks.import_copy import copy_seconds

ACTOR = Actor("admin", "benchmark")
PLAIN_JOIN = """
    SELECT a.code, count(f.id) FROM area a JOIN facility f ON ST_Intersects(a.geometry, f.geometry)
    WHERE a.level = 'village' AND upper_inf(a.recorded) AND upper_inf(f.recorded)
      AND a.valid @> DATE '2026-01-01' AND f.valid @> DATE '2026-01-01' GROUP BY a.code"""
SIDE = 10
"""Villages in a row and in a column of the square district."""


def run(*, quick: bool) -> Iterator[Figure]:
    """Seconds for 1,000,000 facilities (quick: 50,000), and for the same file again."""
    rows = 50_000 if quick else 1_000_000
    with own_workspace() as workspace:
        yield from _measure(workspace, workspace.settings.home, rows)


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
    yield _count_in_sql(workspace, rows)


def _count_in_sql(workspace: Workspace, rows: int) -> Figure:
    """Facilities in each village, counted by the database: polygon by polygon, beside a plain join."""
    with workspace.owner_transaction() as connection:
        seconds, counted = median_seconds(
            lambda: read.count_facilities(connection, level="village", on=date(2026, 1, 1), known=None)
        )
        plain, joined = median_seconds(lambda: connection.exec_driver_sql(PLAIN_JOIN).all())
    assert sum(counted) == sum(n for _code, n in joined)
    name = f"store: {rows:,} facilities counted in {SIDE**2} villages in SQL"
    return figure(name, seconds, "s", peer="plain PostGIS JOIN", peer_value=plain)


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
    with workspace.owner_transaction() as connection:
        stored = read.read_table(connection, "facilities", on=None, known=None)
    with workspace.engine().connect() as connection:
        return copy_seconds(connection, stored)

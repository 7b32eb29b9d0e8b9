"""The store's half of an import beside a bare psycopg2 COPY of the same rows, in one run on a cluster of its own.

The peer creates a table with the columns of a facility and no index, and copies ready-made CSV text into it, geometry
as hex EWKB; the clock starts when the text is there. Our time is from a canonical frame to the committed import: text
made, copied, versioned, checked and indexed.
"""

import io
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from gis.store import migrations, read, write
from gis.store.cluster import Cluster
from gis.store.copying import to_ewkb_hex
from gis.store.engine import make_engine, transaction
from tests.benchmarks.figures import Figure, figure

PEER = "psycopg2 COPY, no index"
_BARE = """
    CREATE TABLE bare (code text, name text, kind text, address text, hours text, area_code text, raw_lon float8,
        raw_lat float8, source_datum text, valid_from date, valid_to date, geometry geometry(Point, 4326))"""


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Facilities into an empty table, then the same again, then read back."""
    rows = 100_000 if quick else 1_000_000
    frame = build_facilities(rows)
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder) / "home")
        begin = time.perf_counter()
        engine = make_engine(cluster.start())
        yield figure("cluster: empty folder to PostGIS", time.perf_counter() - begin, "s")
        try:
            migrations.upgrade(engine)
            yield from _compare(engine, frame)
        finally:
            engine.dispose()
            cluster.stop()


def build_facilities(rows: int) -> Any:
    """A canonical frame of facilities at random places, in no order, from a fixed seed."""
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(120, 121, rows), rng.uniform(30, 31, rows)
    number = pd.Series(rng.permutation(rows)).astype("str")
    nothing = pd.Series(np.full(rows, np.datetime64("NaT", "s")))
    columns = {
        "code": "F" + number.str.zfill(8),
        "name": "诊所 " + number,
        "kind": pd.Series(rng.choice(["诊所", "医院", "药店"], rows)).astype("str"),
        "address": "人民路 " + number + " 号",
        "hours": pd.Series([None] * rows, dtype="str"),
        "area_code": pd.Series(["330302001001"] * rows, dtype="str"),
        "raw_lon": lon,
        "raw_lat": lat,
        "source_datum": pd.Series(["wgs84"] * rows, dtype="str"),
        "valid_from": nothing,
        "valid_to": nothing,
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def copy_seconds(connection: Connection, frame: gpd.GeoDataFrame) -> float:
    """Wall time of the peer, commit included; its table is dropped afterwards."""
    arrays = {name: pa.array(frame[name], from_pandas=True) for name in frame.columns if name != "geometry"}
    arrays |= {name: arrays[name].cast(pa.date32()) for name in ("valid_from", "valid_to")}
    arrays["geometry"] = to_ewkb_hex(np.asarray(frame.geometry.values, dtype=object))
    text = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(arrays), text, pyarrow.csv.WriteOptions(include_header=False))
    text.seek(0)
    begin = time.perf_counter()
    connection.exec_driver_sql(_BARE)
    cursor: Any = connection.connection.cursor()
    cursor.copy_expert(f"COPY bare ({', '.join(arrays)}) FROM STDIN (FORMAT csv)", text, size=1 << 20)
    connection.commit()
    seconds = time.perf_counter() - begin
    connection.exec_driver_sql("DROP TABLE bare")
    connection.commit()
    return seconds


def upsert_seconds(engine: Engine, frame: gpd.GeoDataFrame) -> float:
    """Wall time of one import of facilities, from the frame to the commit."""
    now = datetime.now(UTC)
    begin = time.perf_counter()
    with transaction(engine) as connection:
        number = write.start_import(connection, kind="facilities", file="bench.csv", sha256="", evidence={}, now=now)
        write.upsert(connection, "facilities", frame, import_id=number, now=now)
    return time.perf_counter() - begin


def _compare(engine: Engine, frame: gpd.GeoDataFrame) -> Iterator[Figure]:
    """The peer runs before and after us; its mean is what we are held against."""
    size = f"{len(frame):,} facilities"
    before = _peer(engine, frame)
    first = upsert_seconds(engine, frame)
    peer = (before + _peer(engine, frame)) / 2
    yield figure(f"store: import {size}", first, "s", peer=PEER, peer_value=peer)
    again = upsert_seconds(engine, frame)
    yield figure(f"store: import the same {size} again", again, "s", peer=PEER, peer_value=peer)
    begin = time.perf_counter()
    with transaction(engine) as connection:
        read.read_table(connection, "facilities", on=date(2026, 1, 1), known=None)
    yield figure(f"store: read {size}", time.perf_counter() - begin, "s")


def _peer(engine: Engine, frame: gpd.GeoDataFrame) -> float:
    with engine.connect() as connection:
        return copy_seconds(connection, frame)

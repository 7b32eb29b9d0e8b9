"""Points to polygons beside geopandas.sjoin, DuckDB spatial and sedonadb, in one run on the same points.

Each gets its data in the form it likes: geopandas a frame of points, DuckDB and sedonadb tables in memory with the
geometry already built. Our time is from two arrays and a list of polygons to the answer. Before anything is
reported all answers are compared; they may differ only in points on a border.
"""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import duckdb_extensions
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import sedonadb
import shapely
from numpy.typing import NDArray

from gis.analysis.locate.index import search_first
from gis.analysis.locate.points import locate_points
from tests.benchmarks.figures import Figure, figure, median_seconds, medians_side_by_side
from tests.benchmarks.towns import Lattice

Ints = NDArray[np.int64]


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Two sizes: many small cells, and many points in fewer, larger ones."""
    small = Lattice(4, 4)
    first_call, _found = median_seconds(lambda: search_first(*small.points(100), small.blocks(1, 1)), repeats=1)
    yield figure("locate: first call of a process (compiled code loaded or made)", first_call, "s")
    scale = 10 if quick else 1
    yield from _compare(1_000_000 // scale, 100_000 // scale, bends=4)
    yield from _compare(5_000_000 // scale, 10_000 // scale, bends=7)


def _compare(number: int, cells: int, *, bends: int) -> Iterator[Figure]:
    columns = round(cells**0.5)
    lattice = Lattice(columns, cells // columns, bends=bends)
    polygons = lattice.blocks(1, 1)
    lon, lat = lattice.points(number)
    peers: dict[str, Callable[[], Ints]] = {
        "geopandas.sjoin": _prepare_geopandas(lon, lat, polygons),
        f"DuckDB spatial {duckdb.__version__}": _prepare_duckdb(lon, lat, polygons),
        f"sedonadb {sedonadb.__version__}": _prepare_sedona(lon, lat, polygons),
    }
    results = medians_side_by_side({"wangge": lambda: locate_points(lon, lat, polygons), **peers})
    seconds, ours = results.pop("wangge")
    for _peer_seconds, pairs in results.values():
        _check(ours, pairs, lon, lat, polygons)
    times = {peer: peer_seconds for peer, (peer_seconds, _pairs) in results.items()}
    title = f"locate: {number:,} points in {len(polygons):,} polygons"
    for peer, peer_seconds in times.items():
        yield figure(title, seconds, "s", peer=peer, peer_value=peer_seconds)
    fastest = min(times, key=lambda peer: times[peer])
    yield figure(f"{title}, the fastest peer", seconds, "s", peer=fastest, peer_value=times[fastest])


def _prepare_geopandas(lon: Any, lat: Any, polygons: Any) -> Callable[[], Ints]:
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    cells = gpd.GeoDataFrame(geometry=polygons, crs=4326)

    def join() -> Ints:
        joined = gpd.sjoin(points, cells, how="inner", predicate="intersects")
        return np.column_stack([joined.index.to_numpy(), joined["index_right"].to_numpy()]).astype(np.int64)

    return join


def _prepare_duckdb(lon: Any, lat: Any, polygons: Any) -> Callable[[], Ints]:
    duckdb_extensions.import_extension("spatial")
    connection = duckdb.connect()
    connection.execute("LOAD spatial")
    points = pd.DataFrame({"i": np.arange(len(lon)), "lon": lon, "lat": lat})
    cells = pd.DataFrame({"j": np.arange(len(polygons)), "wkb": shapely.to_wkb(polygons)})
    connection.register("raw_points", points)
    connection.register("raw_cells", cells)
    connection.execute("CREATE TABLE points AS SELECT i, ST_Point(lon, lat) AS g FROM raw_points")
    connection.execute("CREATE TABLE cells AS SELECT j, ST_GeomFromWKB(wkb) AS g FROM raw_cells")

    def join() -> Ints:
        query = "SELECT p.i, c.j FROM points p JOIN cells c ON ST_Intersects(c.g, p.g)"
        found = connection.execute(query).fetchnumpy()
        return np.column_stack([found["i"], found["j"]]).astype(np.int64)

    return join


def _prepare_sedona(lon: Any, lat: Any, polygons: Any) -> Callable[[], Ints]:
    context = sedonadb.connect()
    points = gpd.GeoDataFrame({"i": np.arange(len(lon))}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    cells = gpd.GeoDataFrame({"j": np.arange(len(polygons))}, geometry=polygons, crs=4326)
    context.create_data_frame(points).to_memtable().to_view("points")
    context.create_data_frame(cells).to_memtable().to_view("cells")

    def join() -> Ints:
        query = "SELECT p.i, c.j FROM points p JOIN cells c ON ST_Intersects(c.geometry, p.geometry)"
        found = pa.RecordBatchReader.from_stream(context.sql(query)).read_all()
        return np.column_stack([found["i"].to_numpy(), found["j"].to_numpy()]).astype(np.int64)

    return join


def _check(ours: Ints, pairs: Ints, lon: Any, lat: Any, polygons: Any) -> None:
    """Refuses to go on where a peer's answer differs from ours at a point that is on no border."""
    theirs = np.full(len(ours), -1, dtype=np.int64)
    order = np.lexsort((-pairs[:, 1], pairs[:, 0]))
    theirs[pairs[order, 0]] = pairs[order, 1]
    odd = np.flatnonzero(theirs != ours)
    points = shapely.points(lon[odd], lat[odd])
    borders = shapely.boundary(polygons[np.maximum(ours[odd], theirs[odd])])
    if (shapely.distance(points, borders) > 1e-12).any():
        raise ValueError(f"{len(odd)} answers differ from the peer's")

"""Inspection gaps of a country's premises, beside the bare SQL that only scans and aggregates the same rows.

The premises and inspections are generated in the database, in random order: 1,000,000 facilities in 10,000 areas, ten
inspections each on average. The peer answers nothing: it finds the last inspection of each facility and leaves it in
the database.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import text

from gis.policies import read_inspection_policy
from gis.roles import SYSTEM
from gis.services.inspections import oversight
from gis.services.workspace import Workspace
from tests.benchmarks._workspace import own_workspace
from tests.benchmarks.figures import Figure, figure, medians_side_by_side

ON = date(2026, 1, 1)
SIDE = 100
"""Areas in a row and in a column, 0.01 degrees each."""
PEER = """SELECT count(*) FROM (SELECT facility_code, max(inspected_on), count(*) FROM inspection
          WHERE upper_inf(recorded) AND valid @> DATE '2026-01-01' GROUP BY facility_code) seen"""
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :table AND indexname NOT LIKE 'pk_%' "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
)


def run(*, quick: bool) -> Iterator[Figure]:
    """Seconds for 1,000,000 facilities and 10,000,000 inspections (quick: a fiftieth)."""
    facilities = 20_000 if quick else 1_000_000
    with own_workspace() as workspace:
        fill(workspace, facilities)
        yield from _measure(workspace, facilities)


def _measure(workspace: Workspace, facilities: int) -> Iterator[Figure]:
    policy = read_inspection_policy()

    def ours() -> int:
        fresh = Workspace(workspace.settings)  # nothing is kept from the turn before
        found = oversight.find_oversight(fresh, SYSTEM, on=ON, known=None, policy=policy)
        fresh.close()
        return len(found.gaps.by_facility)

    def peer() -> int:
        with workspace.owner_transaction() as connection:
            return int(connection.exec_driver_sql(PEER).scalar_one())

    medians = medians_side_by_side({"ours": ours, "peer": peer})
    (seconds, counted), (bare, visited) = medians["ours"], medians["peer"]
    assert counted == facilities >= visited
    name = f"gaps inspections: {facilities:,} facilities, {10 * facilities:,} inspections"
    yield figure(name, seconds, "s", peer="bare SQL aggregate of the same rows", peer_value=bare)


def fill(workspace: Workspace, facilities: int) -> None:
    """Areas, premises and inspections, without imports; the indexes are made afterwards."""
    always, since = "daterange(NULL, NULL)", "tstzrange(now(), NULL)"
    with workspace.owner_transaction() as connection:
        indexes = {
            table: connection.execute(text(INDEXES), {"table": table}).all() for table in ("facility", "inspection")
        }
        for held in indexes.values():
            for name, _made in held:
                connection.exec_driver_sql(f'DROP INDEX "{name}"')
        connection.exec_driver_sql(f"""
            INSERT INTO area (valid, recorded, code, name, level, geometry)
            SELECT {always}, {since}, to_char(n, 'FM000000'), 'a', 'grid',
                   ST_Multi(ST_MakeEnvelope(x, y, x + 0.01, y + 0.01, 4326))
            FROM (SELECT n, 120 + n %% {SIDE} * 0.01 AS x, 28 + n / {SIDE} * 0.01 AS y
                  FROM generate_series(0, {SIDE**2 - 1}) n) cells""")
        connection.exec_driver_sql("SELECT setseed(0.5)")
        connection.exec_driver_sql(f"""
            INSERT INTO facility (valid, recorded, code, name, kind, geometry, raw_lon, raw_lat, source_datum)
            SELECT {always}, {since}, 'F' || n, 'f', (ARRAY['诊所', '药店', '医院'])[1 + n %% 3],
                   ST_Point(lon, lat, 4326), lon, lat, 'wgs84'
            FROM (SELECT n, 120 + random() AS lon, 28 + random() AS lat FROM generate_series(1, {facilities}) n) p""")
        connection.exec_driver_sql(f"""
            INSERT INTO inspection (valid, recorded, code, facility_code, inspected_on, result, minor)
            SELECT daterange(held, NULL), {since}, 'I' || n, 'F' || f, held, 'pass', 0
            FROM (SELECT n, 1 + floor(random() * {facilities})::bigint AS f,
                         DATE '2020-01-01' + (random() * 2150)::int AS held
                  FROM generate_series(1, {10 * facilities}) n) v""")
        for held in indexes.values():
            for _name, made in held:
                connection.exec_driver_sql(made)
    with workspace.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE facility, inspection, area")

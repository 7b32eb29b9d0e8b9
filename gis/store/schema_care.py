"""The tables of care: residents of map cells, registered births of areas, travel times. All three in two times.

    population        residents of a cell and its women by five-year age group, at the middle of the cell
    area_births       registered totals of an area over whole months: an area table, nobody's record
    travel_time       minutes from a cell to a facility

Residents are seen where their cell lies in the scope, times by all staff, births by admins and by leaders in their
scope (`migrations/sql/care_0008.sql`).
"""

import sqlalchemy as sa
from geoalchemy2 import Geometry

from gis.store.metadata import code, text, versioned
from gis.tables import WOMEN


def _amount(name: str, *, null: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=null)


population = versioned(
    "population",
    code("cell"),
    _amount("population"),
    *(_amount(name, null=True) for name in WOMEN),
    _amount("raw_lon"),
    _amount("raw_lat"),
    text("source_datum", null=False),
    sa.Column("geometry", Geometry("POINT", srid=4326), nullable=False),
    sa.CheckConstraint("population >= 0", name="residents"),
    key=("cell",),
)

area_births = versioned(
    "area_births",
    code("area_code"),
    code("period"),
    sa.Column("boys", sa.BigInteger, nullable=False),
    sa.Column("girls", sa.BigInteger, nullable=False),
    sa.CheckConstraint("boys >= 0 AND girls >= 0", name="counts"),
    key=("area_code", "period"),
)

travel_time = versioned(
    "travel_time",
    code("origin"),
    code("destination"),
    _amount("minutes"),
    sa.CheckConstraint("minutes >= 0", name="minutes"),
    key=("origin", "destination"),
)
sa.Index("ix_travel_time_destination", travel_time.c.destination)

"""Who may see which columns."""

import geopandas as gpd
import pytest
import shapely

from gis.errors import NotAllowed
from gis.roles import ROLES, columns_for, visible
from gis.tables import TABLES
from gis.validate import empty_frame

# Every column that a role may see, written out: a new column is hidden until it is added here.
PUBLIC: dict[str, set[str]] = {
    "areas": {"code", "name", "level", "parent_code", "valid_from", "valid_to"},
    "officers": {"code", "name", "department", "valid_from", "valid_to"},
    "assignments": {"officer_code", "target_kind", "target_code", "role", "valid_from", "valid_to"},
    "facilities": {"code", "name", "kind", "address", "hours", "valid_from", "valid_to"},
    "licences": set(),
    "equipment": set(),
    "operators": set(),
    "outreach": set(),
    "inspections": set(),
    "population": set(),
    "births": set(),
    "times": set(),
}
ADMIN: dict[str, set[str]] = {
    **{table: set() for table in TABLES},
    "areas": {*PUBLIC["areas"], "dwellings"},
    "officers": PUBLIC["officers"],
    "assignments": PUBLIC["assignments"],
    "births": {"area_code", "period", "boys", "girls", "valid_from", "valid_to"},
}
CLOSED = {("births", "inspector"), ("births", "officer")}
"""What those who answer for areas do not see."""
FIELD = [role for role in ROLES if role not in ("public", "admin")]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_is_decided_for_public_and_admin(table: str) -> None:
    """The public and admins see exactly the columns that are written out above, in every table there is."""
    assert set(columns_for(table, "public")) == PUBLIC[table]
    assert set(columns_for(table, "admin")) == ADMIN[table]
    assert set(TABLES) == set(PUBLIC)


@pytest.mark.parametrize("role", FIELD)
@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_is_decided_for_the_field(table: str, role: str) -> None:
    """Those who answer for areas see every canonical column of their rows, in order; births are for leaders alone."""
    expected = () if (table, role) in CLOSED else TABLES[table].columns
    assert columns_for(table, role) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", sorted(TABLES))
def test_visible_shows_nothing_else(table: str, role: str) -> None:
    """A column that is not listed (one that a join or a store added) is shown to no role; geometry stays."""
    frame = empty_frame(table).assign(recorded_by="x")
    if not columns_for(table, role):  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            visible(frame, role, table=table)  # type: ignore[arg-type]
        return
    shown = visible(frame, role, table=table)  # type: ignore[arg-type]
    assert set(shown.columns) == {*columns_for(table, role), *(["geometry"] if TABLES[table].geometry else [])}  # type: ignore[arg-type]


def test_visible_keeps_rows_and_type() -> None:
    """The same rows in the same order come back, as a GeoDataFrame where one went in, and the frame is unchanged."""
    frame = gpd.GeoDataFrame(
        {"code": ["a", "b"], "dwellings": [1, 2]}, geometry=[shapely.Point(1, 1)] * 2, crs=4326, index=[5, 3]
    )
    shown = visible(frame, "public", table="areas")
    assert isinstance(shown, gpd.GeoDataFrame)
    assert list(shown.columns) == ["code", "geometry"]
    assert shown.index.tolist() == [5, 3]
    assert "dwellings" in frame


def test_tables_hold_premises_and_no_persons() -> None:
    """No canonical column has room for a resident: the only personal columns are those of staff."""
    columns = {column for table in TABLES.values() for column in table.columns}
    assert not {
        c
        for c in columns
        if any(word in c for word in ("birth", "pregnan", "household", "resident", "id_number", "sex"))
    }
    assert {"work_phone"} == {c for c in columns if "phone" in c}

"""What the store holds already, as far as the rules need it: a file is judged together with it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from gis.crs import STORAGE
from gis.tables import TABLES


def empty_frame(kind: str) -> pd.DataFrame:
    """A canonical frame without rows: all columns with their dtypes, a GeoDataFrame where the table has geometry.

    >>> empty_frame("officers").columns.tolist()
    ['code', 'name', 'department', 'work_phone', 'valid_from', 'valid_to']
    """
    table = TABLES[kind]
    frame = pd.DataFrame({name: pd.Series(dtype=str(column.dtype)) for name, column in table.schema.columns.items()})
    frame.index = pd.RangeIndex(0, name="row")
    return gpd.GeoDataFrame(frame, geometry=[], crs=STORAGE) if table.geometry else frame


@dataclass(frozen=True)
class Stored:
    """The tables that the rows of a file refer to, all periods: canonical frames, possibly empty."""

    areas: gpd.GeoDataFrame
    officers: pd.DataFrame
    assignments: pd.DataFrame
    """With the column `carried`: handed on by an AreaChange and confirmed by nobody yet."""
    facility_codes: AbstractSet[str] | pd.Index
    cells: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    """Codes of map cells."""
    births: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Area -> periods with registered totals."""
    women: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Area -> women of 15 to 49 in its cells, those of areas inside it included; areas without a cell are left out."""

    @classmethod
    def empty(cls) -> "Stored":
        """A store that holds nothing."""
        assignments = empty_frame("assignments").assign(carried=pd.Series(dtype=bool))
        return cls(gpd.GeoDataFrame(empty_frame("areas")), empty_frame("officers"), assignments, frozenset())

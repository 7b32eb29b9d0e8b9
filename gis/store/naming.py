"""The SQL names of a canonical table's parts. All come from constants of this program, never from a request."""

from collections.abc import Iterable
from dataclasses import dataclass

from gis.store.schema import STORED
from gis.tables import TABLES

PERIOD = ("valid_from", "valid_to")


@dataclass(frozen=True)
class Names:
    """A stored table: its name, the columns of its natural key, and those that say something about the key."""

    kind: str
    table: str
    key: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Key and attributes."""
        return (*self.key, *self.attributes)

    def match(self, a: str, b: str) -> str:
        """SQL: the rows `a` and `b` have the same key."""
        return " AND ".join(f"{a}.{c} = {b}.{c}" for c in self.key)

    def same(self, a: str, b: str) -> str:
        """SQL: the rows `a` and `b` say the same; geometry is compared byte by byte."""
        if not self.attributes:
            return "true"
        left, right = (", ".join(f"{row}.{c}" for c in self.attributes) for row in (a, b))
        return f"ROW({left}) IS NOT DISTINCT FROM ROW({right})"


def names_of(kind: str) -> Names:
    """The names for a kind of table."""
    table = TABLES[kind]
    attributes = [c for c in table.columns if c not in (*table.key, *PERIOD)]
    if kind == "assignments":
        attributes.append("carried")
    if table.geometry is not None:
        attributes.append("geometry")
    return Names(kind, STORED[kind].name, table.key, tuple(attributes))


def listed(columns: Iterable[str], row: str | None = None) -> str:
    """SQL: the columns with commas, each of the row `row` if one is named."""
    return ", ".join(f"{row}.{c}" if row else c for c in columns)

"""What passes between the parent and a parser: a job one way, places and an ending the other way.

The pipe carries Arrow IPC streams one after the other. The schema of each has the metadata `place` (the name of the
place the table belongs to); the last one has no columns and the metadata `end`, `refused` or `crashed`, as JSON.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO, Final

import pyarrow as pa

MAIN: Final = ""
"""Name of the place that is the main table."""

GEOMETRY: Final = "\x00geometry"
"""Name of the WKB column beside the text columns of the main table; no header of a file can have it."""

BATCH: Final = 4000
"""Rows that a parser holds at a time."""


def N_(text: str) -> str:  # noqa: N802
    """Marks a text for the catalogue, which is too slow to be imported here; `gis.texts` translates it."""
    return text


class Refused(Exception):
    """The file is not acceptable. `text` is an English message id, its places filled by `values` (and `file`)."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = {key: value if isinstance(value, int) else str(value) for key, value in values.items()}


@dataclass(frozen=True)
class Job:
    """One file to parse."""

    path: str
    format: str
    kind: str
    geometry: str | None
    """polygon, point, or None where the table has no geometry."""
    words: Mapping[str, str]
    """Known headers, folded -> canonical column."""
    encoding: str | None = None
    memory_mb: int = 256
    """Private writable memory that the parser may use."""
    cpu_seconds: int = 10

    def dump(self) -> bytes:
        """The job as JSON."""
        return json.dumps(asdict(self)).encode()

    def known(self, headers: Iterable[str]) -> int:
        """How many of the headers name a declared column."""
        return sum(fold(header) in self.words for header in headers)


@lru_cache(maxsize=4096)
def fold(header: str) -> str:
    """A header without what writers vary: width, case, spaces, and the star of a required column.

    >>> fold(" *Ｃｏｄｅ "), fold("Work phone")
    ('code', 'workphone')
    """
    text = unicodedata.normalize("NFKC", header).casefold()
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf").lstrip("*")


@dataclass
class Output:
    """The child's end of the pipe."""

    sink: BinaryIO
    evidence: dict[str, Any] = field(default_factory=dict)
    crs: str | None = None

    def send(self, table: pa.Table, *, place: str = MAIN) -> None:
        """Hand over rows of one place; a place may come in any number of tables with different columns."""
        table = table.replace_schema_metadata({"place": place})
        with pa.ipc.new_stream(self.sink, table.schema) as stream:
            stream.write_table(table)

    def send_texts(self, headers: Sequence[str], rows: Sequence[Sequence[str | None]], *, place: str = MAIN) -> None:
        """Hand over rows of texts; a row may be shorter than the headers."""
        self.send(text_table(headers, rows), place=place)

    def end(self, **message: object) -> None:
        """Say how it ended: `end`, `refused` or `crashed`, with JSON-ready values."""
        metadata = {key: json.dumps(value) for key, value in message.items()}
        with pa.ipc.new_stream(self.sink, pa.schema([], metadata=metadata)):
            pass
        self.sink.flush()


def text_table(headers: Sequence[str], rows: Sequence[Sequence[str | None]]) -> pa.Table:
    """A table of text columns; missing cells and empty ones are null."""
    columns = [
        pa.array([row[i] or None if i < len(row) else None for row in rows], pa.string()) for i in range(len(headers))
    ]
    return pa.table(columns, names=list(headers))


def unique_headers(headers: Iterable[str | None]) -> list[str]:
    """Headers stripped; a column without one is named by its number. Raises Refused for one that comes twice."""
    names: list[str] = []
    for number, header in enumerate(headers, 1):
        name = (header or "").strip().lstrip("\ufeff").replace("\x00", "") or f"#{number}"
        if name in names:
            raise Refused(N_("{file}: two columns have the header {column}. Rename or remove one."), column=name)
        names.append(name)
    return names

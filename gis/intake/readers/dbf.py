"""DBF, the table of a shapefile, as bytes first: its encoding is known only after looking at them.

The header holds a byte for the language driver (LDID), then 32 bytes for each field. Text fields are cut at a number
of bytes, so the last character of a name may be half one; such a half is dropped.
"""

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Final

from gis.intake.readers.cells import number_text
from gis.intake.readers.channel import BATCH, N_, Refused
from gis.intake.readers.encoding import Bytes

_KINDS: Final = frozenset("CNFDLI")
_SAMPLE_ROWS: Final = 2000
_DELETED: Final = 0x2A


@dataclass(frozen=True)
class Field:
    """One column: its raw name, its kind and where its bytes stand in a record."""

    name: bytes
    kind: str
    start: int
    length: int


@dataclass(frozen=True)
class Table:
    """An open DBF, positioned after its header."""

    ldid: int
    fields: tuple[Field, ...]
    records: int
    record_length: int
    data: IO[bytes]

    def batches(self) -> Iterator[list[bytes]]:
        """Records as they are, deleted ones too."""
        records = self._records()
        while batch := list(islice(records, BATCH)):
            yield batch

    def _records(self) -> Iterator[bytes]:
        for _number in range(self.records):
            record = self.data.read(self.record_length)
            if len(record) < self.record_length:
                raise Refused(N_("{file}: the .dbf is cut off. Copy the whole shapefile again."))
            yield record


def open_table(data: IO[bytes]) -> Table:
    """Read the header. Raises Refused for one that is damaged and for fields that hold no text."""
    head = data.read(32)
    if len(head) < 32:
        raise _damaged()
    records, header_length, record_length = struct.unpack("<IHH", head[4:12])
    block = data.read(max(header_length - 32, 0))
    fields: list[Field] = []
    start = 1
    for at in range(0, len(block) - 31, 32):
        raw = block[at : at + 32]
        if raw[0] == 0x0D:
            break
        fields.append(Field(raw[:11].split(b"\x00", 1)[0], chr(raw[11]), start, raw[16]))
        start += raw[16]
    if not fields or start > record_length:
        raise _damaged()
    odd = next((field for field in fields if field.kind not in _KINDS), None)
    if odd is not None:
        raise Refused(
            N_("{file}: field {column} of the .dbf has the type {type}, which is not read. Remove it or make it text."),
            column=odd.name.decode("ascii", "replace"),
            type=odd.kind,
        )
    return Table(head[29], tuple(fields), records, record_length, data)


def _damaged() -> Refused:
    return Refused(N_("{file}: the .dbf is damaged. Copy the whole shapefile again."))


def as_bytes(table: Table) -> Bytes:
    """The texts of the first records, one piece a cell, for the question which encoding they are in."""
    texts = [field for field in table.fields if field.kind == "C"]
    sample = list(islice(table._records(), _SAMPLE_ROWS))
    cells = [record[f.start : f.start + f.length].rstrip(b" \x00") for record in sample for f in texts]
    pieces = [*(field.name for field in table.fields), *cells]
    return Bytes(lambda: pieces, lambda codec: headers(table, codec), joined=False)


def headers(table: Table, codec: str) -> list[str]:
    """The field names, decoded."""
    return [_decode(field.name, codec, "replace") for field in table.fields]


def rows(table: Table, batch: list[bytes], codec: str) -> list[list[str | None] | None]:
    """The cells of some records as text; None for a deleted record."""
    return [
        None if r[0] == _DELETED else [_cell(f, r[f.start : f.start + f.length], codec) for f in table.fields]
        for r in batch
    ]


def _cell(field: Field, raw: bytes, codec: str) -> str | None:
    if field.kind == "I":
        return str(int.from_bytes(raw, "little", signed=True))
    text = _decode(raw.rstrip(b" \x00"), codec, "replace").strip()
    if field.kind in "NF":
        return _number(text)
    if field.kind == "D":
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.strip("0") else None
    if field.kind == "L":
        return {"t": "true", "y": "true", "f": "false", "n": "false"}.get(text.lower())
    return text or None


def _number(text: str) -> str | None:
    """A number as it stands, without zeros behind the point; none for the stars of one that did not fit."""
    if not text or text.startswith("*"):
        return None
    try:
        return number_text(text) if "." in text or "e" in text.lower() else text
    except (ValueError, OverflowError):
        return text


def _decode(raw: bytes, codec: str, errors: str) -> str:
    """Text without a half character at its end."""
    return codecs.getincrementaldecoder(codec)(errors).decode(raw)

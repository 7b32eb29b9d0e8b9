"""CSV: one header row, every cell read as text, a million rows at a time if need be.

The separator is a comma; a header line without a comma but with tabs or semicolons is read with those. Every row has
as many cells as the header: a shorter or longer one is named and the file refused, because a shifted row puts values
under the wrong header.
"""

import codecs
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from gis.intake.readers.channel import N_, Job, Output, Refused, text_table, unique_headers
from gis.intake.readers.encoding import Bytes, codec_name, detect
from gis.intake.readers.shapes import send_with_wkt

_BLOCK: Final = 2**20
_HEAD: Final = 2**18


def read(job: Job, output: Output) -> None:
    """Send the table. Raises Refused for an unreadable file, a ragged row, a header that comes twice."""
    path = Path(job.path)
    encoding, evidence = detect(
        Bytes(lambda: _blocks(path), lambda codec: _header(path, codec)[0], joined=True),
        given=job.encoding,
        known=job.known,
    )
    header, lines, separator = _header(path, codec_name(encoding))
    if not any(header):
        raise Refused(N_("{file} is empty: the first row must hold the column names."))
    output.evidence |= {"encoding": evidence, "separator": separator}
    _stream(job, output, unique_headers(header), lines, separator, codec_name(encoding))


def _blocks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _header(path: Path, codec: str) -> tuple[Sequence[str], int, str]:
    """Column names, the number of lines they take, and the separator."""
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(codec)("replace").decode(file.read(_HEAD)).lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    separator = "," if "," in first else max(",\t;", key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    try:
        return next(reader, []), reader.line_num, separator
    except csv.Error:
        return [], 0, separator


def _stream(job: Job, output: Output, names: list[str], lines: int, separator: str, codec: str) -> None:
    ragged: list[tuple[int, int]] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        ragged.append(((row.number or lines) - lines, row.actual_columns))
        return "error"

    try:
        batches = arrow_csv.open_csv(
            job.path,
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, skip_rows=lines, column_names=names, encoding=codec
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
        send_with_wkt(job, output, text_table(names, []))
        for batch in batches:
            send_with_wkt(job, output, pa.Table.from_batches([batch]))
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError) as error:
        if ragged:
            row, cells = ragged[0]
            raise Refused(
                N_("{file}, row {row}: {cells} cells, but {columns} headers. Quote cells that hold the separator."),
                row=row,
                cells=cells,
                columns=len(names),
            ) from error
        if "Empty CSV" in str(error):
            return
        raise Refused(
            N_("{file} is no readable CSV: a quotation mark is not closed, or a cell is huge. Save it again.")
        ) from error

"""XLSX: the main table is the first visible sheet with a header row; everything else in the package is a hidden place.

A workbook is a zip archive of XML parts. The sheet is read row by row, so that memory does not grow with it. Hidden
places are: every other sheet, whatever its state; hidden rows and hidden columns of the main sheet (which stay in
the table too); rows above the header; comments; names that are defined; and the text of every other part, such as
text boxes, chart and pivot caches, copies of linked workbooks. A formula in the main table is refused: its value is
what some program last thought it was.

The header row is the first one with at least two declared headers, else the first one that is not empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from zipfile import ZipFile

from gis.intake.readers.cells import Row, Styles, read_rows, read_strings, read_styles
from gis.intake.readers.channel import BATCH, N_, Job, Output, Refused, text_table, unique_headers
from gis.intake.readers.packed import open_archive, read_chunks
from gis.intake.readers.shapes import send_with_wkt
from gis.intake.readers.xml import all_text, elements

_HEADER_WITHIN: Final = 20
_STRUCTURE: Final = ("[Content_Types].xml", "_rels/", "xl/_rels/", "xl/theme/", "xl/styles.xml", "xl/workbook.xml")
_STRUCTURE_TOO: Final = ("xl/sharedStrings.xml", "xl/calcChain.xml", "xl/metadata.xml", "docProps/app.xml")


@dataclass(frozen=True)
class _Sheet:
    name: str
    part: str
    visible: bool


@dataclass
class _Book:
    """An open workbook: what every sheet needs."""

    archive: ZipFile
    sheets: list[_Sheet]
    names: list[tuple[str, str]]
    strings: list[str]
    styles: Styles

    def rows(self, sheet: _Sheet) -> Iterator[Row]:
        return read_rows(read_chunks(self.archive, sheet.part), self.strings, self.styles)


@dataclass
class _Main:
    """The main table while it is read."""

    sheet: _Sheet
    above: list[Row]
    header: Row
    rest: Iterator[Row]
    hidden_columns: set[int] = field(default_factory=set)


def read(job: Job, output: Output) -> None:
    """Send the main table and all hidden places. Raises Refused for a formula, a bomb, a damaged file."""
    with open_archive(job.path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise Refused(N_("{file} is no XLSX workbook. Save it as .xlsx (not .xls or .xlsb) or as CSV."))
        book = _open_book(archive)
        main = _find_main(job, book)
        _send_main(job, output, main)
        output.evidence |= {"sheet": main.sheet.name, "header_row": main.header.number}
        for sheet in book.sheets:
            if sheet is not main.sheet:
                _send_sheet(output, book, sheet)
        if book.names:
            output.send_texts(["name", "value"], book.names, place="defined names")
        _send_other_parts(output, book)


def _open_book(archive: ZipFile) -> _Book:
    wanted = frozenset({"sheet", "definedName", "workbookPr"})
    found = [element for _path, element in elements(read_chunks(archive, "xl/workbook.xml"), wanted)]
    targets = _targets(archive)
    sheets = [
        _Sheet(e.get("name", ""), targets.get(e.get("id", ""), ""), e.get("state", "visible") == "visible")
        for e in found
        if e.tag == "sheet"
    ]
    names = [(e.get("name", ""), e.text or "") for e in found if e.tag == "definedName"]
    late_epoch = any(e.get("date1904", "0") in ("1", "true") for e in found if e.tag == "workbookPr")
    members = set(archive.namelist())
    strings = read_strings(read_chunks(archive, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in members else []
    chunks = read_chunks(archive, "xl/styles.xml") if "xl/styles.xml" in members else iter(())
    return _Book(
        archive, [s for s in sheets if s.part in members], names, strings, read_styles(chunks, late_epoch=late_epoch)
    )


def _targets(archive: ZipFile) -> dict[str, str]:
    """Relation of the workbook -> name of the part."""
    part = "xl/_rels/workbook.xml.rels"
    if part not in archive.namelist():
        return {}
    found = (e for _path, e in elements(read_chunks(archive, part), frozenset({"Relationship"})))
    paths = {e.get("Id", ""): e.get("Target", "") for e in found}
    return {key: path.lstrip("/") if path.startswith("/") else f"xl/{path}" for key, path in paths.items()}


def _find_main(job: Job, book: _Book) -> _Main:
    for sheet in book.sheets:
        if not sheet.visible or "worksheets" not in sheet.part:
            continue
        rows = book.rows(sheet)
        head = list(islice((row for row in rows if row.cells or row.number == 0), _HEADER_WITHIN))
        hidden = {column for row in head for column in row.hidden_columns}
        head = [row for row in head if row.cells]
        if not head:
            continue
        at = next((i for i, row in enumerate(head) if job.known(c for c in row.texts() if c) >= 2), 0)
        return _Main(sheet, head[:at], head[at], _chain(head[at + 1 :], rows), hidden)
    raise Refused(N_("{file} has no visible sheet with a header row. Put the table on the first sheet."))


def _chain(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from rest


def _send_main(job: Job, output: Output, main: _Main) -> None:
    last = max(column for column, text in main.header.cells.items() if text)
    headers = main.header.texts()[: last + 1]
    names = unique_headers(headers)
    sheet = main.sheet.name
    if main.above:
        _send_loose(output, main.above, f"{sheet}: above the header")
    sent = 0
    numbered = enumerate((row for row in main.rest if row.cells), 1)
    while batch := list(islice(numbered, BATCH)):
        rows = [row for _number, row in batch]
        _check_cells(sheet, rows, last)
        texts = [row.texts() for row in rows]
        send_with_wkt(job, output, text_table(names, texts))
        sent += len(rows)
        hidden_rows = [row.texts() for row in rows if row.hidden]
        if hidden_rows:
            output.send_texts(names, hidden_rows, place=f"{sheet}: hidden rows")
        columns = [c for c in sorted(main.hidden_columns) if c <= last]
        if columns:
            cells = [[row.cells.get(c) for c in columns] for row in rows]
            output.send_texts([names[c] for c in columns], cells, place=f"{sheet}: hidden columns")
    if not sent:
        output.send_texts(names, [])


def _check_cells(sheet: str, rows: list[Row], last: int) -> None:
    for row in rows:
        if row.formula is not None:
            raise Refused(
                N_("{file}, sheet {sheet}, cell {cell}: a formula. Copy the column and paste it as values."),
                sheet=sheet,
                cell=f"{_letters(row.formula)}{row.number}",
            )
        beyond = next((c for c, text in row.cells.items() if c > last and text), None)
        if beyond is not None:
            raise Refused(
                N_("{file}, sheet {sheet}, cell {cell}: the column has no header. Give it one, or empty the cell."),
                sheet=sheet,
                cell=f"{_letters(beyond)}{row.number}",
            )


def _send_sheet(output: Output, book: _Book, sheet: _Sheet) -> None:
    """A sheet that is not the main one, hidden or not; charts and macros have text too."""
    if "worksheets" not in sheet.part:
        return
    rows = (row for row in book.rows(sheet) if row.cells)
    while batch := list(islice(rows, BATCH)):
        _send_loose(output, batch, sheet.name)


def _send_loose(output: Output, rows: list[Row], place: str) -> None:
    width = max(max(row.cells) for row in rows) + 1
    output.send_texts([_letters(c) for c in range(width)], [row.texts() for row in rows], place=place)


def _send_other_parts(output: Output, book: _Book) -> None:
    """The text of every part that is neither a sheet nor structure."""
    known = {sheet.part for sheet in book.sheets if "worksheets" in sheet.part}
    for name in book.archive.namelist():
        structure = name.startswith(_STRUCTURE) or name in _STRUCTURE_TOO or name.endswith((".rels", "/"))
        if name in known or structure or not name.endswith(".xml"):
            continue
        found = _texts_and_values(book.archive, name)
        if found:
            output.send_texts(["element", "text"], found, place=f"comments: {name}" if "omments" in name else name)


def _texts_and_values(archive: ZipFile, name: str) -> list[tuple[str, str]]:
    """Text nodes, and the `v` attributes in which caches of pivot tables hold their values."""
    if "pivotCache" in name:
        cached = elements(read_chunks(archive, name), frozenset({"s", "n", "d"}))
        return [(element.tag, element.get("v", "")) for _path, element in cached]
    return all_text(read_chunks(archive, name))


def _letters(column: int) -> str:
    """The letters of a column, counted from 0.

    >>> _letters(0), _letters(25), _letters(26), _letters(701), _letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text

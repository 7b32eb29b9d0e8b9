"""The workbook of a checklist as rows of text, each of which knows where it stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from gis.checklists.model import Labels
from gis.errors import UsageError
from gis.texts import Language, _

LANGUAGES: Final[Mapping[Language, str]] = MappingProxyType({"zh": "中文 (zh)", "en": "English (en)"})
"""Language -> what the headers of an XLSForm call it."""

TEXTS: Final = ("label", "hint", "constraint_message", "required_message")
_TRANSLATED: Final = frozenset(f"{text}::{language}" for text in TEXTS for language in LANGUAGES.values())
COLUMNS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "survey": frozenset(
            {"type", "name", "required", "relevant", "constraint", "calculation", "parameters", "appearance"}
        )
        | _TRANSLATED,
        "choices": frozenset({"list_name", "name", *(f"label::{language}" for language in LANGUAGES.values())}),
        "settings": frozenset({"form_title", "form_id", "version", "default_language", "instance_name", "style"}),
    }
)
"""Sheet -> the columns that it may have: nothing else gets into a form, an address to send answers to least of all."""


@dataclass(frozen=True)
class Row:
    """A row that is not empty."""

    file: Path
    sheet: str
    number: int
    """As a spreadsheet program shows it."""
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The text of a cell, empty where there is none."""
        return self.cells.get(column, "")

    def labels(self, text: str, *, needed: bool) -> Labels:
        """Label or hint in both languages. Raises UsageError where one is missing, unless neither is needed."""
        columns = {language: f"{text}::{name}" for language, name in LANGUAGES.items()}
        found = {language: self.get(column) for language, column in columns.items() if self.get(column)}
        if needed or found:
            for language, column in columns.items():
                if language not in found:
                    raise self.wrong(column, _("it is empty; write it in Chinese and in English."))
        return MappingProxyType(found)

    def wrong(self, column: str, fault: str) -> UsageError:
        """The error that names the cell."""
        return UsageError(
            _(
                "{file}, sheet {sheet}, row {row}, column {column}: {fault}",
                file=self.file,
                sheet=self.sheet,
                row=self.number,
                column=column,
                fault=fault,
            )
        )


def read_sheets(file: Path) -> Mapping[str, tuple[Row, ...]]:
    """The rows of the sheets survey, choices and settings.

    Raises UsageError where the file is no such workbook, or a sheet or a column means nothing here or is missing.
    """
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except FileNotFoundError:
        raise UsageError(_("There is no file {file}.", file=file)) from None
    except (OSError, KeyError, ValueError, BadZipFile, InvalidFileException):
        raise UsageError(_("{file} is no XLSX workbook that can be read; save it as .xlsx again.", file=file)) from None
    try:
        sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    finally:
        book.close()
    for name in {*sheets, *COLUMNS}:
        if name not in sheets or name not in COLUMNS:
            raise UsageError(
                _(
                    "{file}: the sheets are {sheets}; {name} is missing or means nothing here.",
                    file=file,
                    sheets=", ".join(COLUMNS),
                    name=name,
                )
            )
    return MappingProxyType({name: tuple(_rows(file, name, sheets[name])) for name in COLUMNS})


def _rows(file: Path, sheet: str, values: list[tuple[Any, ...]]) -> Iterator[Row]:
    header = [_text(cell) for cell in values[0]] if values else []
    top = Row(file, sheet, 1, MappingProxyType({}))
    _check_header(top, header)
    for number, row in enumerate(values[1:], start=2):
        cells = {name: _text(cell) for name, cell in zip_longest(header, row, fillvalue="") if _text(cell)}
        if "" in cells:
            raise Row(file, sheet, number, cells).wrong("-", _("it stands in a column without a header; remove it."))
        if cells:
            yield Row(file, sheet, number, MappingProxyType(cells))


def _check_header(top: Row, header: Iterable[str]) -> None:
    known, seen = COLUMNS[top.sheet], set[str]()
    for name in filter(None, header):
        if name in seen:
            raise top.wrong(name, _("it stands twice; remove one."))
        if name not in known:
            raise top.wrong(name, _("it means nothing here; there are {known}.", known=", ".join(sorted(known))))
        seen.add(name)


def _text(cell: object) -> str:
    """A cell as text; 1.0 is 1, as a spreadsheet program shows it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()

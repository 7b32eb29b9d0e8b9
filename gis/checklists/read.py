"""Checklists from their files: workbook and TOML together, or a message that names file, place and remedy."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from gis.checklists.model import Checklist, Item, Labels, Question
from gis.checklists.survey import Asked, read_choices, read_survey
from gis.checklists.workbook import LANGUAGES, Row, read_sheets
from gis.errors import UsageError
from gis.settings import DATA
from gis.tables import SEVERITIES, Severity
from gis.texts import _

FOLDER: Final = DATA / "checklists"
VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")
CODE: Final = re.compile(r"[a-z][a-z0-9-]*")
_KEYS: Final = ("code", "version", "title", "kinds", "items")
_ITEM_KEYS: Final = ("severity", "legal_basis")


def read_checklist(folder: Path, version: str) -> Checklist:
    """The checklist of `<folder>/<version>.xlsx` and the `.toml` beside it; the folder's name is the code.

    Raises UsageError, naming file, row and column or key, and what would do, for one that breaks a rule.
    """
    file = folder / f"{version}.xlsx"
    beside = _Beside(file.with_suffix(".toml"))
    if not CODE.fullmatch(folder.name):
        raise UsageError(
            _("{folder}: the name of the folder is the code, of a to z, 0 to 9 and -; rename it.", folder=folder)
        )
    if not VERSION.fullmatch(version):
        raise UsageError(_("{file}: a version is a whole number such as 1; rename the file.", file=file))
    beside.require("code", folder.name)
    beside.require("version", version)
    title = beside.title()
    sheets = read_sheets(file)
    _check_settings(sheets["settings"], file, folder.name, version, title)
    groups, fields = read_survey(sheets["survey"])
    return Checklist(
        code=folder.name,
        version=version,
        title=title,
        kinds=beside.kinds(),
        groups=groups,
        fields=tuple(_with_basis(fields, beside)),
        choices=read_choices(sheets["choices"]),
        file=file,
    )


def read_folder(folder: Path) -> tuple[Checklist, ...]:
    """All checklists of a folder, by code and version. Raises UsageError where there is none or one cannot be read."""
    files = {file.with_suffix("") for ending in ("xlsx", "toml") for file in folder.glob(f"*/[!.~]*.{ending}")}
    found = [read_checklist(file.parent, file.name) for file in sorted(files)]
    if not found:
        raise UsageError(_("{folder} has no checklist; there must be <code>/<version>.xlsx.", folder=folder))
    return tuple(sorted(found, key=_order))


@cache
def all_checklists() -> Mapping[tuple[str, str], Checklist]:
    """(code, version) -> each checklist of `data/checklists`, read once.

    >>> sorted({code for code, version in all_checklists()})
    ['clinic', 'pharmacy', 'ultrasound-room']
    """
    return MappingProxyType({(found.code, found.version): found for found in read_folder(FOLDER)})


def latest() -> Mapping[str, Checklist]:
    """Code -> the newest version of each checklist."""
    return MappingProxyType({found.code: found for found in all_checklists().values()})


def for_kind(kind: str) -> list[Checklist]:
    """The newest checklists for a kind of facility: first the one that is for this kind before all others.

    >>> [checklist.code for checklist in for_kind("诊所")], for_kind("理发店")
    (['clinic'], [])
    """
    fitting = [checklist for checklist in latest().values() if kind in checklist.kinds]
    return sorted(fitting, key=lambda checklist: (checklist.kinds.index(kind), checklist.code))


def _order(checklist: Checklist) -> tuple[str, int]:
    return checklist.code, int(checklist.version)


def _with_basis(fields: tuple[Asked | Question, ...], beside: "_Beside") -> Iterator[Item | Question]:
    """The fields, with severity and legal basis for each item."""
    asked = {field.name for field in fields if isinstance(field, Asked)}
    for name in beside.items():
        if name not in asked:
            raise beside.wrong(f"items.{name}", _("the workbook has no item of that name; remove it, or add the item."))
    for field in fields:
        if isinstance(field, Question):
            yield field
            continue
        if field.name not in beside.items():
            raise field.row.wrong("name", _("{file} has no [items.{name}]; add it.", file=beside.file, name=field.name))
        severity, basis = beside.item(field.name)
        yield Item(field.name, severity, field.label, field.hint, basis, field.group)


def _check_settings(rows: tuple[Row, ...], file: Path, code: str, version: str, title: Labels) -> None:
    if len(rows) != 1:
        raise UsageError(_("{file}, sheet settings: there must be one row below the headers.", file=file))
    wanted = {"form_id": code, "version": version, "form_title": title["zh"], "default_language": LANGUAGES["zh"]}
    for column, text in wanted.items():
        if rows[0].get(column) != text:
            raise rows[0].wrong(column, _("it must be {wanted}.", wanted=text))


class _Beside:
    """The TOML file beside a workbook."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self.values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UsageError(_("There is no file {file}.", file=file)) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(_("{file} is no TOML that can be read: {why}", file=file, why=error)) from None
        self._refuse_others(self.values, _KEYS, "")

    def require(self, key: str, text: str) -> None:
        """Raises UsageError unless the key has this text."""
        if self.values.get(key) != text:
            raise self.wrong(key, _("it must be {wanted}.", wanted=f'"{text}"'))

    def title(self) -> Labels:
        """The title in both languages."""
        title = self._table(self.values, "title", "title")
        self._refuse_others(title, tuple(LANGUAGES), "title.")
        return MappingProxyType({language: self._text(title, language, f"title.{language}") for language in LANGUAGES})

    def kinds(self) -> tuple[str, ...]:
        """The kinds of facilities, at least one."""
        kinds = self.values.get("kinds")
        if not isinstance(kinds, list) or not kinds or not all(isinstance(kind, str) and kind for kind in kinds):
            raise self.wrong("kinds", _("it must be {wanted}.", wanted=_("a list of texts")))
        return tuple(kinds)

    def items(self) -> Mapping[str, Any]:
        """The table of items."""
        return self._table(self.values, "items", "items")

    def item(self, name: str) -> tuple[Severity, str]:
        """Severity and legal basis of one item."""
        key = f"items.{name}"
        values = self._table(self.items(), name, key)
        self._refuse_others(values, _ITEM_KEYS, key + ".")
        if values.get("severity") not in SEVERITIES:
            raise self.wrong(f"{key}.severity", _("it must be one of {names}.", names=", ".join(SEVERITIES)))
        return cast("Severity", values["severity"]), self._text(values, "legal_basis", f"{key}.legal_basis")

    def wrong(self, key: str, fault: str) -> UsageError:
        """The error that names the key."""
        return UsageError(_("{file}: {key}: {fault}", file=self.file, key=key, fault=fault))

    def _table(self, values: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
        table = values.get(key)
        if not isinstance(table, dict):
            raise self.wrong(path, _("it must be {wanted}.", wanted=_("a table, [{key}]", key=path)))
        return table

    def _text(self, values: Mapping[str, Any], key: str, path: str) -> str:
        text = values.get(key)
        if not isinstance(text, str) or not text.strip():
            raise self.wrong(path, _("it is missing or empty; write a text."))
        return text.strip()

    def _refuse_others(self, values: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
        for key in values:
            if key not in known:
                raise self.wrong(path + key, _("it means nothing here; there are {known}.", known=", ".join(known)))


def find_item(code: str, version: str, name: str) -> Item | None:
    """An item of a shipped checklist; None where there is none of that name (any more).

    >>> find_item("clinic", "1", "licence_in_force").severity
    'critical'
    """
    checklist = all_checklists().get((code, version))
    return next((item for item in checklist.items if item.name == name), None) if checklist else None

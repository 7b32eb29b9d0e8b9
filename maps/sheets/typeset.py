"""Typesetting: a template of this folder and plain data to the bytes of a PDF.

Data reaches a template as a JSON file, never as markup, so that no text can be a command. Pages are A4, tagged for
screen readers (PDF/UA-1), dated by the day that they tell of; typst reads nothing but what is handed over and the
fonts of the system. A text with a character that no font has is printed with a box in its place, and the sheet then
does not claim PDF/UA-1.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import typst

from gis.texts import Language

_FOLDER: Final = Path(__file__).parent
_REGIONS: Final[Mapping[Language, str | None]] = {"zh": "cn", "en": "gb"}
_GLYPHLESS: Final = re.compile(r"could not be displayed with")

Template = Literal["responsibility", "campaign", "case", "sweep"]


@cache
def _fonts() -> typst.Fonts:
    """The fonts of the system, searched once in a process."""
    return typst.Fonts()


def typeset(
    template: Template, data: Mapping[str, Any], *, lang: Language, on: date, pictures: Mapping[str, str] | None = None
) -> bytes:
    """A PDF from `<template>.typ`; `data` is JSON-ready, `pictures` are SVG texts by file name."""
    page = {**data, "lang": lang, "region": _REGIONS[lang], "date": [on.year, on.month, on.day]}
    files = _files(template, page, pictures or {})
    try:
        return _compile(files, on=on, standards=["ua-1"])
    except typst.TypstError as error:
        if not _GLYPHLESS.search(error.message):
            raise
        return _compile(files, on=on, standards=[])


def _files(template: Template, page: Mapping[str, Any], pictures: Mapping[str, str]) -> dict[str, bytes]:
    return {
        "main.typ": (_FOLDER / f"{template}.typ").read_bytes(),
        "sheet.typ": (_FOLDER / "sheet.typ").read_bytes(),
        "data.json": json.dumps(page, ensure_ascii=False).encode(),
        **{name: picture.encode() for name, picture in pictures.items()},
    }


def _compile(files: Mapping[str, bytes], *, on: date, standards: list[str]) -> bytes:
    made = typst.compile(
        dict(files),  # type: ignore[call-overload]
        format="pdf",
        font_paths=_fonts(),
        pdf_standards=standards,
        timestamp=datetime.combine(on, time(), UTC),
    )
    assert isinstance(made, bytes)
    return made

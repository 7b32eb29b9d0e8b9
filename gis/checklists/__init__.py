"""Checklists: what an inspection asks of the premises, as versioned data in `data/checklists/<code>/<version>.*`.

The **workbook** (`1.xlsx`) is an XLSForm, edited with a spreadsheet program: the questions in Chinese and English. The
file beside it (`1.toml`) holds what a form has no place for: the kinds of facilities, and each **item**'s severity and
legal basis. An item is a question that is answered with yes, no or not applicable; every other question is a
`Question`. A published version stays as it is; what changes gets the next number.

`gis.checklists.xform` makes the XForm that telephones load, and asks ODK Validate about it; it is imported by itself,
since it brings pyxform along.
"""

from gis.checklists.model import (
    ANSWERS,
    NOTE,
    PHOTO,
    VISIT_FIELDS,
    Checklist,
    Group,
    Item,
    Judgement,
    Labels,
    Question,
    judge,
    say,
)
from gis.checklists.read import FOLDER, all_checklists, find_item, for_kind, latest, read_checklist, read_folder

__all__ = [
    "ANSWERS",
    "FOLDER",
    "NOTE",
    "PHOTO",
    "VISIT_FIELDS",
    "Checklist",
    "Group",
    "Item",
    "Judgement",
    "Labels",
    "Question",
    "all_checklists",
    "find_item",
    "for_kind",
    "judge",
    "latest",
    "read_checklist",
    "read_folder",
    "say",
]

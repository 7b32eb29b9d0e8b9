"""The sheet `survey` as groups and fields, and the rules that every checklist keeps.

Each begins with the same **fixed** fields: facility, the planned visit, the day, at least two inspectors, one point. An
item is a `select_one ynna`, followed by its **companions**, a note and a photo that are asked for where it fails.
Questions of its own are texts: no form counts anything, listens, or records where somebody has walked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gis.checklists.model import ANSWERS, NOTE, PHOTO, Group, Labels, Question
from gis.checklists.workbook import Row
from gis.errors import UsageError
from gis.texts import _

ITEM: Final = "select_one ynna"
BEGIN, END = "begin_group", "end_group"
OWN_TYPE: Final = "text"
NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

FIXED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "facility": {"type": "select_one_from_file facilities.csv", "required": "yes"},
        "plan": {"type": "calculate", "calculation": "pulldata('facilities', 'plan', 'name', ${facility})"},
        "inspected_on": {"type": "date", "required": "yes", "constraint": ". <= today()"},
        "inspectors": {
            "type": "select_multiple_from_file inspectors.csv",
            "required": "yes",
            "constraint": "count-selected(.) >= 2",
        },
        "place": {"type": "geopoint", "required": "yes"},
        "remark": {"type": "text"},
    }
)
"""Name -> what stands in its cells, in every checklist."""

COMPANIONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        NOTE: {"type": "text", "relevant": "${{{item}}} = 'no'"},
        PHOTO: {"type": "image", "relevant": "${{{item}}} = 'no'", "parameters": "max-pixels=1600"},
    }
)
"""Ending of the name -> what stands in the cells of the rows after an item."""

_RULES: Final = ("required", "relevant", "constraint", "calculation", "parameters")
"""Columns that decide what a form asks and accepts."""


@dataclass(frozen=True)
class Asked:
    """An item as the workbook has it, without severity and legal basis."""

    row: Row
    name: str
    label: Labels
    hint: Labels
    group: str | None


def read_survey(rows: Sequence[Row]) -> tuple[tuple[Group, ...], tuple[Asked | Question, ...]]:
    """Groups, and fields in order. Raises UsageError naming row and column of what breaks a rule."""
    _check_names(rows)
    groups: list[Group] = []
    fields: list[Asked | Question] = []
    inside: str | None = None
    about: Asked | None = None
    for row in rows:
        kind, name = row.get("type"), row.get("name")
        if kind == BEGIN:
            inside = _begin(row, inside)
            groups.append(Group(name, row.labels("label", needed=True)))
        elif kind == END:
            _end(row, inside)
            inside = None
        elif kind == ITEM:
            _check_cells(row, {"type": ITEM, "required": "yes"})
            about = Asked(row, name, row.labels("label", needed=True), row.labels("hint", needed=False), inside)
            fields.append(about)
        else:
            fields.append(_read_question(row, inside, about))
    if inside is not None:
        raise rows[-1].wrong("type", _("the group {name} is not ended; add {end} below.", name=inside, end=END))
    _check_whole(rows, fields)
    return tuple(groups), tuple(fields)


def read_choices(rows: Sequence[Row]) -> Mapping[str, Labels]:
    """What the answers of an item are called. Raises UsageError for any other list or answer, or a missing one."""
    found: dict[str, Labels] = {}
    for row in rows:
        if row.get("list_name") != "ynna" or row.get("name") not in ANSWERS or row.get("name") in found:
            raise row.wrong("name", _("the list is ynna, with yes, no and na once each; remove this row."))
        found[row.get("name")] = row.labels("label", needed=True)
    if len(found) < len(ANSWERS):
        file = rows[0].file if rows else "-"
        raise UsageError(
            _("{file}, sheet choices: the list ynna needs yes, no and na; add what is missing.", file=file)
        )
    return MappingProxyType(found)


def _check_names(rows: Sequence[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        name = row.get("name")
        if row.get("type") == END:
            continue
        if not NAME.fullmatch(name):
            raise row.wrong("name", _("a name begins with a to z and goes on with a to z, 0 to 9 and _; rename it."))
        if name in seen:
            raise row.wrong("name", _("{name} stands twice in the form; rename one.", name=name))
        seen.add(name)


def _begin(row: Row, inside: str | None) -> str:
    if inside is not None:
        raise row.wrong("type", _("a group stands inside another; end the first one before."))
    _check_cells(row, {"type": BEGIN})
    return row.get("name")


def _end(row: Row, inside: str | None) -> None:
    if inside is None:
        raise row.wrong("type", _("no group is open here; remove the row."))


def _read_question(row: Row, inside: str | None, about: Asked | None) -> Question:
    """A field that is no item: fixed, a companion of the last item, or a text of the checklist's own."""
    kind, name = row.get("type"), row.get("name")
    item = about.name if about is not None and name in _companions_of(about) else None
    if item is not None:
        _check_cells(row, _companion(name.removeprefix(item), item))
    elif name.endswith(tuple(COMPANIONS)) or kind == "image":
        raise row.wrong("name", _("it must follow the item that it is about, and be called like it; see the others."))
    else:
        _check_cells(row, FIXED.get(name, {"type": OWN_TYPE, "required": row.get("required")}))
    return Question(
        name=name,
        type=kind,
        label=row.labels("label", needed=kind != "calculate"),
        hint=row.labels("hint", needed=False),
        required=row.get("required") == "yes",
        group=inside,
        about=item,
    )


def _companion(ending: str, item: str) -> dict[str, str]:
    return {column: text.format(item=item) for column, text in COMPANIONS[ending].items()}


def _check_cells(row: Row, wanted: Mapping[str, str]) -> None:
    """The columns that decide hold what is wanted, and nothing where nothing is; blanks make no difference."""
    for column in ("type", *_RULES):
        text = wanted.get(column, "")
        if "".join(row.get(column).split()) != "".join(text.split()):
            raise row.wrong(column, _("it must be {wanted}.", wanted=text or _("empty")))
    if row.get("required") not in ("", "yes", "no"):
        raise row.wrong("required", _("it must be {wanted}.", wanted="yes, no"))


def _check_whole(rows: Sequence[Row], fields: Sequence[Asked | Question]) -> None:
    """Every fixed field is there, at least one item, and after each item its companions."""
    for position, field in enumerate(fields):
        if isinstance(field, Asked):
            following = {after.name for after in fields[position + 1 : position + 1 + len(COMPANIONS)]}
            lost = [name for name in _companions_of(field) if name not in following]
            if lost:
                raise field.row.wrong("name", _("{names} must follow it; add the rows.", names=", ".join(lost)))
    missing = [name for name in FIXED if name not in {field.name for field in fields}]
    if not any(isinstance(field, Asked) for field in fields):
        missing.append(ITEM)
    if missing:
        file = rows[0].file if rows else "-"
        text = _("{file}, sheet survey: {names} is missing; add the row.")
        raise UsageError(text.format(file=file, names=", ".join(missing)))


def _companions_of(item: Asked) -> tuple[str, ...]:
    return tuple(item.name + ending for ending in COMPANIONS)

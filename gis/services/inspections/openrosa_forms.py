"""What ODK Collect loads: the checklists as XForms, and for each account the lists that they choose from.

The list of facilities is that of the account: what it answers for today, of the kinds that the checklist is for, those
with a visit to be made first, by its day. The list of inspectors begins with the account's own officer.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote

from gis.analysis.areas.nesting import in_force
from gis.checklists import Checklist, all_checklists, latest, say
from gis.errors import NotFound
from gis.roles import Actor, permit, visible
from gis.services import audit
from gis.services.inspections.findings import list_tasks
from gis.services.inspections.plans import list_inspectors
from gis.services.register import own_table
from gis.services.workspace import Workspace, today
from gis.texts import _

FACILITIES, INSPECTORS = "facilities.csv", "inspectors.csv"
LISTS: Final = (FACILITIES, INSPECTORS)


@dataclass(frozen=True)
class Form:
    """One version of a checklist, as an XForm."""

    checklist: Checklist
    content: bytes

    @property
    def title(self) -> str:
        """In the reader's language."""
        return say(self.checklist.title)

    @cached_property
    def md5(self) -> str:
        """Of the content, as OpenRosa wants it."""
        return md5_of(self.content)


def list_forms(actor: Actor, *, code: str | None = None, all_versions: bool = False) -> list[Form]:
    """The newest version of each checklist, or of the one asked for, or all versions."""
    permit(actor, "inspections.record")
    found = all_checklists().values() if all_versions else latest().values()
    return [_form(checklist) for checklist in found if code in (None, checklist.code)]


def read_form(actor: Actor, code: str, version: str) -> Form:
    """One version of a checklist. Raises NotFound."""
    permit(actor, "inspections.record")
    return _form(_require(code, version))


def read_lists(workspace: Workspace, actor: Actor, code: str, version: str) -> dict[str, bytes]:
    """Name of the file -> content, as the account gets it now. Raises NotFound."""
    permit(actor, "inspections.record")
    checklist = _require(code, version)
    return {
        FACILITIES: _csv(("name", "label", "plan"), _facilities(workspace, actor, checklist)),
        INSPECTORS: _csv(("name", "label"), _inspectors(workspace, actor)),
    }


def export_list(workspace: Workspace, actor: Actor, code: str, version: str, name: str) -> bytes:
    """One of these files, for a phone to keep; written to the audit. Raises NotFound."""
    permit(actor, "inspections.record")
    checklist = _require(code, version)
    if name == INSPECTORS:
        return _csv(("name", "label"), _inspectors(workspace, actor))
    rows = _facilities(workspace, actor, checklist)
    with workspace.transaction(actor) as connection:
        details = {"checklist": checklist.code, "rows": len(rows)}
        audit.record(connection, actor, "export.facilities", FACILITIES, details=details)
    return _csv(("name", "label", "plan"), rows)


def md5_of(content: bytes) -> str:
    """The only hash that the form list and the manifest know; it protects nothing."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def to_choice(code: str) -> str:
    """The code of an officer as one of several chosen, which blanks part; `from_choice` turns it back.

    >>> to_choice("O 1"), from_choice(to_choice("O 1"))
    ('O%201', 'O 1')
    """
    return "".join(quote(c) if c.isspace() or c == "%" else c for c in code)


def from_choice(name: str) -> str:
    """The code that stands for a choice."""
    return unquote(name)


def _form(checklist: Checklist) -> Form:
    from gis.checklists.xform import xform  # noqa: PLC0415 - loading pyxform takes half a second

    return Form(checklist, xform(checklist).encode())


def _require(code: str, version: str) -> Checklist:
    checklist = all_checklists().get((code, version))
    if checklist is None:
        raise NotFound(_("There is no checklist {code} of version {version}.", code=code[:100], version=version[:100]))
    return checklist


def _facilities(workspace: Workspace, actor: Actor, checklist: Checklist) -> list[tuple[str, str, str]]:
    """Code, name and planned visit."""
    frame = visible(in_force(own_table(workspace, actor, "facilities"), today()), actor.role, table="facilities")
    frame = frame[frame["kind"].isin(checklist.kinds)].drop_duplicates("code", keep="last").sort_values("code")
    names = dict(zip(frame["code"], frame["name"], strict=True))
    tasks = [task for task in list_tasks(workspace, actor) if task["checklist"] == checklist.code]
    first = dict.fromkeys(task["facility"] for task in tasks if task["facility"] in names)
    plans = _plans(tasks, actor.officer_code)
    ordered = [*first, *(code for code in names if code not in first)]
    return [(code, _label(names[code], code), plans.get(code, "")) for code in ordered]


def _plans(tasks: Sequence[dict[str, Any]], officer: str | None) -> dict[str, str]:
    """Facility -> the earliest planned visit in which the officer takes part, else the earliest of any."""
    plans: dict[str, str] = {}
    planned = [task for task in tasks if task["plan"]]
    for task in sorted(planned, key=lambda task: officer not in task["inspectors"]):
        plans.setdefault(task["facility"], task["plan"])
    return plans


def _inspectors(workspace: Workspace, actor: Actor) -> list[tuple[str, str]]:
    people = sorted(list_inspectors(workspace, actor), key=lambda row: row["code"] != actor.officer_code)
    return [
        (to_choice(row["code"]), _label(" ".join(filter(None, (row["name"], row["department"]))), row["code"]))
        for row in people
    ]


def _label(name: str, code: str) -> str:
    return f"{name} ({code})"


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180. A cell is text for a form here, never a formula, and must be the code itself."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()

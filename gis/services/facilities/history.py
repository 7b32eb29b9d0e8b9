"""What became of a facility: one list of entries in time, in lanes, over everything that is known of it now.

A lane is one kind of fact: the register, licences, equipment, operators, inspections, findings, cases. LANES is the
list of them, in the order in which they are drawn; a lane is a name, a heading and a function from what is asked to
entries.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from urllib.parse import quote

import pandas as pd

from gis.crs import local_metres
from gis.errors import NotFound
from gis.policies import shipped_case_policy, shipped_finding_policy
from gis.roles import PERMITTED, Actor, permit, visible
from gis.rows import records
from gis.rules import CASE
from gis.services.cases.clocks import FINAL as CASES_OVER
from gis.services.cases.clocks import stand_of
from gis.services.inspections import findings
from gis.services.inspections.checklist_words import checklist_title
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import cases, inspections, read
from gis.store import findings as store_findings
from gis.store.engine import Connection
from gis.tables import SEVERITIES, Kind
from gis.texts import N_, _

Tone = Literal["good", "warn", "bad", "plain"]

RESULTS: Final = {"pass": N_("passed"), "conditions": N_("passed with conditions"), "fail": N_("did not pass")}
SEVERITY_NAMES: Final = {
    "clerical": N_("{count} clerical"),
    "minor": N_("{count} minor"),
    "serious": N_("{count} serious"),
    "critical": N_("{count} critical"),
}
_RESULT_TONES: Final[dict[str, Tone]] = {"pass": "good", "conditions": "warn", "fail": "bad"}
_MOVED_M: Final = 1.0
"""A point that is closer than this to the one before has not moved."""


@dataclass(frozen=True)
class Entry:
    """One fact: a period, or an event of one day."""

    lane: str
    """Name of one of LANES."""
    start: date | None
    """None is since always."""
    end: date | None
    """The first day after it, None for still; the same as `start` for an event."""
    text: str
    """In the reader's language, without any person but staff by their codes."""
    tone: Tone = "plain"
    """good, warn or bad where the fact says so of itself."""
    href: str | None = None
    """A page of this application that says more."""

    @property
    def is_event(self) -> bool:
        """Whether it is of one day."""
        return self.start is not None and self.start == self.end


@dataclass(frozen=True)
class Asked:
    """What a lane is told from: one facility, inside one transaction of the actor, under both locks."""

    connection: Connection
    actor: Actor
    code: str
    on: date
    versions: list[dict[str, Any]]
    """Its rows of the register, with `lon, lat`."""

    def table(self, kind: Kind) -> list[dict[str, Any]]:
        """What belongs to the facility, like `versions`: all periods, columns by role, by their beginning."""
        mine = own(self.connection, self.actor)
        frame = read.read_table(self.connection, kind, on=None, known=None, facility=self.code, mine=mine)
        return _in_time(visible(frame, self.actor.role, table=kind))

    def is_open(self, day: date) -> bool:
        """Whether it is registered on a day."""
        return any(_holds(version, day) for version in self.versions)


@dataclass(frozen=True)
class Lane:
    """One kind of fact."""

    name: str
    heading: str
    tell: Callable[[Asked], Iterable[Entry]]


@dataclass(frozen=True)
class History:
    """All entries of one facility, the earliest first."""

    code: str
    name: str
    """As it is called now, or was at last."""
    on: date
    open: bool
    """Whether it is registered today."""
    entries: list[Entry]


def read_history(workspace: Workspace, actor: Actor, code: str) -> History:
    """Everything that is known now of a facility of the actor's area, whatever the day. Raises NotFound."""
    permit(actor, "gaps.read")
    permit(actor, "facilities.read")
    with workspace.transaction(actor) as connection:
        frame = read.read_table(
            connection, "facilities", on=None, known=None, codes=[code], mine=own(connection, actor)
        )
        if frame.empty:
            raise NotFound(_("No facility {code} in the areas that you answer for.", code=code))
        places = visible(frame, actor.role, table="facilities").assign(lon=frame.geometry.x, lat=frame.geometry.y)
        asked = Asked(connection, actor, code, today(), _in_time(places))
        entries = [entry for lane in LANES for entry in lane.tell(asked)]
    order = {lane.name: number for number, lane in enumerate(LANES)}
    return History(
        code=code,
        name=asked.versions[-1]["name"],
        on=asked.on,
        open=asked.is_open(asked.on),
        entries=sorted(entries, key=lambda entry: (entry.start or date.min, order[entry.lane])),
    )


def _tell_register(asked: Asked) -> Iterator[Entry]:
    """Each version with what began it, and the day on which the last one of a row of them ended."""
    versions = asked.versions
    for number, row in enumerate(versions):
        before = versions[number - 1] if number else None
        follows = before is not None and before["valid_to"] == row["valid_from"]
        if before is not None and follows:
            text = "; ".join(_differences(before, row)) or _("Entered anew, nothing shown here changed")
        else:
            name = f"{row['name']}, {row['kind']}" if row["kind"] else row["name"]
            text = _("Opened again: {name}", name=name) if before else _("Registered: {name}", name=name)
        yield Entry("register", row["valid_from"], row["valid_to"], text, _tone(row, asked))
        last = number + 1 == len(versions) or versions[number + 1]["valid_from"] != row["valid_to"]
        if last and row["valid_to"] is not None:
            yield Entry("register", row["valid_to"], row["valid_to"], _("Closed"))


def _differences(before: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    named = {"name": _("Name"), "kind": _("Kind"), "address": _("Address"), "hours": _("Opening hours")}
    for column, name in named.items():
        if before[column] != row[column]:
            old, new = (text or "–" for text in (before[column], row[column]))
            yield _("{what} changed: {old} → {new}", what=name, old=old, new=new)
    x, y = local_metres(before["lon"], before["lat"]).transform(row["lon"], row["lat"])
    if (metres := math.hypot(x, y)) >= _MOVED_M:
        yield _("Point moved by {metres} m", metres=f"{metres:,.0f}")


def _tell_licences(asked: Asked) -> Iterator[Entry]:
    """A licence has lapsed where it is over, the facility was still registered, and none of its kind followed on."""
    licences = asked.table("licences")
    for row in licences:
        end, tone = row["valid_to"], _tone(row, asked)
        text = _("Licence {number}", number=row["number"]) + (f", {row['kind']}" if row["kind"] else "")
        if end is not None and end <= asked.on:
            followed = any(_holds(other, end) for other in licences if other["kind"] == row["kind"])
            if not followed and asked.is_open(end):
                text, tone = _("{what}: lapsed, and none followed", what=text), "bad"
        yield _period("licences", asked, row, text, tone)


def _tell_equipment(asked: Asked) -> Iterator[Entry]:
    for row in asked.table("equipment"):
        said = [row[name] for name in ("kind", "maker", "model") if row[name]]
        text = "; ".join([_("Machine {serial}", serial=row["serial"]), *said])
        yield _period("equipment", asked, row, text, _tone(row, asked))


def _tell_operators(asked: Asked) -> Iterator[Entry]:
    for row in asked.table("operators"):
        text = f"{row['operator_code']}, {row['qualification']}"
        yield _period("operators", asked, row, text, _tone(row, asked))


def _tell_inspections(asked: Asked) -> Iterator[Entry]:
    """Result first, then what was found by severity; what was recorded here leads to its record."""
    recorded = inspections.codes_of(asked.connection, asked.code)
    for row in asked.table("inspections"):
        result = row["result"]
        said = [_(RESULTS[result]) if result else _("no result recorded")]
        said += [_(SEVERITY_NAMES[name], count=row[name]) for name in SEVERITIES if row[name]]
        text = _("{checklist}: {said}", checklist=checklist_title(row["checklist"]), said="; ".join(said))
        href = f"/inspections/{row['code']}" if row["code"] in recorded else None
        yield Entry("inspections", row["valid_from"], row["valid_from"], text, _RESULT_TONES.get(result, "plain"), href)


def _tell_findings(asked: Asked) -> Iterator[Entry]:
    """From the day it was found to that on which it was done with; for those who may see findings."""
    if asked.actor.role not in PERMITTED["findings.read"]:
        return
    for row in store_findings.select(asked.connection, facility=asked.code):
        shown = findings.dress(row, shipped_finding_policy(), asked.on)
        alive = row["state"] in store_findings.LIVE
        end = None if alive else row["changed_at"].astimezone().date()
        tone: Tone = ("bad" if shown["overdue"] or row["state"] == "escalated" else "warn") if alive else "good"
        text = f"{shown['label']}: {shown['state_name']}"
        yield Entry("findings", row["found_on"], end, text, tone, f"/findings/{row['id']}")


def _tell_cases(asked: Asked) -> Iterator[Entry]:
    """From the day it was opened to that of its last step, where that was the last there is; for those who may see."""
    if asked.actor.role not in PERMITTED["cases.read"]:
        return
    for row in cases.list_all(asked.connection, mine=bool(own(asked.connection, asked.actor)), facility=asked.code):
        stand = stand_of(row, shipped_case_policy(), asked.on)
        over = stand.state in CASES_OVER
        end = cases.events(asked.connection, row["id"])[-1]["done_at"].astimezone().date() if over else None
        tone: Tone = "plain" if over else "bad" if stand.overdue else "warn"
        start = row["opened_at"].astimezone().date()
        yield Entry("cases", start, end, _(CASE.states[stand.state]), tone, f"/cases/{row['id']}")


LANES: Final = (
    Lane("register", N_("Register"), _tell_register),
    Lane("licences", N_("Licences"), _tell_licences),
    Lane("equipment", N_("Equipment"), _tell_equipment),
    Lane("operators", N_("Operators"), _tell_operators),
    Lane("inspections", N_("Inspections"), _tell_inspections),
    Lane("findings", N_("Findings"), _tell_findings),
    Lane("cases", N_("Cases"), _tell_cases),
)
"""All lanes, in the order in which they are drawn."""


def _period(lane: str, asked: Asked, row: dict[str, Any], text: str, tone: Tone) -> Entry:
    """What is in force today is on the page of the facility, where there is one."""
    shown = _holds(row, asked.on) and asked.is_open(asked.on)
    href = f"/facilities/{quote(asked.code, safe='')}#{lane}" if shown else None
    return Entry(lane, row["valid_from"], row["valid_to"], text, tone, href)


def _tone(row: dict[str, Any], asked: Asked) -> Tone:
    return "good" if _holds(row, asked.on) else "plain"


def _holds(row: dict[str, Any], on: date) -> bool:
    return (row["valid_from"] is None or row["valid_from"] <= on) and (row["valid_to"] is None or on < row["valid_to"])


def _in_time(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows by their beginning, their period as dates."""
    days = dict.fromkeys(("valid_from", "valid_to"), date.fromisoformat)
    rows = [
        {name: days[name](value) if value and name in days else value for name, value in row.items()}
        for row in records(frame)
    ]
    return sorted(rows, key=lambda row: row["valid_from"] or date.min)

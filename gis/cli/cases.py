"""`wangge cases ...`: cases against facilities, and one with its way. They are worked on in the web application."""

from typing import Any

import click

from gis.cli.common import ACTOR, Format, every_command, print_heading, print_json, print_rows, with_workspace
from gis.rules import CASE
from gis.services.cases import records as service
from gis.services.cases.documents import file_number
from gis.services.cases.texts import CLOCK_NAMES, name_of
from gis.services.workspace import Workspace
from gis.texts import _


@click.group(help=_("Cases against facilities: list them, show one."))
def cases() -> None:
    """Only a name for the commands below it."""


@cases.command("list", help=_("Cases with their state and the clock that runs, the newest first."))
@click.option("--state", type=click.Choice(list(CASE.states)), help=_("Only cases in this state."))
@click.option("--facility", help=_("Only cases against this facility."))
@every_command
@with_workspace
def list_(*, workspace: Workspace, output: Format, state: str | None, facility: str | None) -> None:
    """Lists cases."""
    found, total = service.list_cases(workspace, ACTOR, state=state, facility=facility, limit=1_000_000)
    if output == "json":
        print_json({"total": total, "items": found})
        return
    columns = [
        ("id", _("Number")),
        ("facility", _("Facility")),
        ("name", _("Name")),
        ("state", _("State")),
        ("clock", _("Clock")),
        ("due_on", _("Until")),
        ("overdue", _("Overdue")),
        ("waits_for", _("Waits for")),
    ]
    print_rows(output, columns, [_flat(case, worded=output == "table") for case in found])


@cases.command("show", help=_("One case with every step that was made."))
@click.argument("number")
@every_command
@with_workspace
def show(*, workspace: Workspace, output: Format, number: str) -> None:
    """Shows one case."""
    case = service.read_case(workspace, ACTOR, number)
    if output == "json":
        print_json(case)
        return
    if output == "table":
        state, name = CASE.states[case["state"]], case["facility"]["name"] or case["facility"]["code"]
        print_heading(
            _("Case {number} against {facility}: {state}", number=file_number(case), facility=name, state=_(state))
        )
    columns = [
        ("number", _("Number")),
        ("state", _("State")),
        ("done_at", _("At")),
        ("done_by", _("By")),
        ("clock", _("Clock")),
        ("due_on", _("Until")),
        ("note", _("Remark")),
    ]
    rows = case["events"]
    if output == "table":
        rows = [
            {**row, "state": name_of(CASE.states, row["state"]), "clock": _clock(row["clock"], worded=True)}
            for row in rows
        ]
    print_rows(output, columns, rows)


def _flat(case: dict[str, Any], *, worded: bool) -> dict[str, Any]:
    """One row: for people the names of state and clock, for programs their keys."""
    clock = case["clocks"][0] if case["clocks"] else {"clock": None, "due_on": None}
    state = name_of(CASE.states, case["state"]) if worded else case["state"]
    overdue = (_("yes") if case["overdue"] else _("no")) if worded else str(case["overdue"]).lower()
    return {
        **{name: case[name] for name in ("id", "waits_for")},
        **{"facility": case["facility"]["code"], "name": case["facility"]["name"], "state": state},
        **{"clock": _clock(clock["clock"], worded=worded), "due_on": clock["due_on"], "overdue": overdue},
    }


def _clock(name: str | None, *, worded: bool) -> str | None:
    return name_of(CLOCK_NAMES, name) if name and worded else name

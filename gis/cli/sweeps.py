"""`wangge sweep ...`: plan a sweep, plan the rest of it anew during the day, write its sheets."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from gis.cli.common import (
    ACTOR,
    Date,
    Format,
    as_of,
    every_command,
    policy_option,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.cli.pages import write_page
from gis.errors import UsageError
from gis.policies.sweep import read_sweep_policy
from gis.roads import MODES, Mode
from gis.services.exports import check_ending, write_whole
from gis.services.sweeps.document import Sweep, to_document
from gis.services.sweeps.files import write_sweep
from gis.services.sweeps.map import sweep_map
from gis.services.sweeps.plan import Change, SweepWish, plan_sweep, replan_sweep
from gis.services.sweeps.progress import sweep_report
from gis.services.sweeps.read import read_sweep
from gis.services.sweeps.sources import Wish, read_draw, read_must, read_ranking
from gis.services.sweeps.teams import read_teams
from gis.services.sweeps.view import list_sweeps
from gis.services.workspace import Workspace
from gis.tables import SEVERITIES, SEVERITY_NAMES
from gis.texts import _, current_language
from maps.sheets.sweep import ENDINGS, note_on_travel
from maps.sweep import render_sweep

_FILE = click.Path(path_type=Path)
_OUT_HELP = _("File to write: .json, .gpx, .ics, .pdf or .xlsx; may be given several times.")


@click.group(help=_("Sweeps: plan visits of several teams over several days, and the rest anew during the day."))
def sweep() -> None:
    """Only a name for the commands below it."""


@sweep.command(help=_("Plan who visits which facilities, on which day and in what order."))
@click.option("--teams", type=_FILE, required=True, help=_("TOML file of the teams; see the README."))
@click.option("--from", "first", type=Date(), required=True, help=_("First day."))
@click.option("--days", type=int, default=1, show_default=True, help=_("Days from the first on; days off count too."))
@click.option("--seconds", type=float, default=30.0, show_default=True, help=_("Time for the search."))
@click.option("--seed", help=_("Decides ties and days; choose one that nobody outside knows."))
@click.option("--out", type=_FILE, multiple=True, required=True, help=_OUT_HELP)
@click.option("--draw", type=_FILE, help=_("Proof file of a draw: what was drawn must be visited."))
@click.option("--must", type=_FILE, help=_("CSV with a column facility: what must be visited."))
@click.option("--ranked", type=_FILE, help=_("CSV of `wangge rank`: its first ranks are optional visits."))
@click.option("--rank-top", type=click.IntRange(min=1), default=100, show_default=True, help=_("So many ranks."))
@click.option(
    "--due", type=click.IntRange(min=0), help=_("So many of the facilities that are due, as optional visits.")
)
@click.option("--mode", type=click.Choice(MODES), default="drive", show_default=True, help=_("How teams travel."))
@policy_option("sweep")
@click.option("--turns", type=click.IntRange(min=1), hidden=True)
@every_command
@with_workspace
def plan(
    *,
    workspace: Workspace,
    output: Format,
    teams: Path,
    first: date,
    days: int,
    seconds: float,
    seed: str | None,
    out: tuple[Path, ...],
    draw: Path | None,
    must: Path | None,
    ranked: Path | None,
    rank_top: int,
    due: int | None,
    mode: Mode,
    policy: Path | None,
    turns: int | None,
) -> None:
    """Plans and writes one sweep, whole or not at all."""
    _check_outs(out)
    rules = read_sweep_policy(policy)
    wishes: list[Wish] = [*(read_must(must) if must else ()), *(read_draw(draw) if draw else ())]
    wishes += read_ranking(ranked, rank_top, rules) if ranked else ()
    wish = SweepWish(
        teams=read_teams(teams),
        first=first,
        days=days,
        seconds=seconds,
        seed=seed,
        wishes=tuple(wishes),
        due=due,
        mode=mode,
        policy=rules,
        turns=turns,
    )
    with progress() as step:
        step(_("Planning the sweep"))
        found = plan_sweep(workspace, ACTOR, wish)
    _write(found, out)
    _report(output, found)


@sweep.command(help=_("Plan the rest of a sweep anew: done visits stay, teams and facilities may be gone."))
@click.argument("file", type=_FILE)
@click.option("--now", required=True, help=_("Time of the place, as YYYY-MM-DDTHH:MM."))
@click.option("--done", multiple=True, help=_("Facility that was visited; several times, or with commas."))
@click.option("--closed", multiple=True, help=_("Facility that was found closed."))
@click.option("--lost", multiple=True, help=_("Team that works no more."))
@click.option("--seconds", type=float, default=5.0, show_default=True, help=_("Time for the search."))
@click.option("--out", type=_FILE, multiple=True, required=True, help=_OUT_HELP)
@click.option("--turns", type=click.IntRange(min=1), hidden=True)
@every_command
@with_workspace
def replan(
    *,
    workspace: Workspace,
    output: Format,
    file: Path,
    now: str,
    done: tuple[str, ...],
    closed: tuple[str, ...],
    lost: tuple[str, ...],
    seconds: float,
    out: tuple[Path, ...],
    turns: int | None,
) -> None:
    """Plans the rest anew and writes it, whole or not at all."""
    _check_outs(out)
    change = Change(_read_now(now), _codes(done), _codes(closed), _codes(lost))
    with progress() as step:
        step(_("Planning the rest of the sweep"))
        found = replan_sweep(workspace, ACTOR, read_sweep(file), change, seconds=seconds, turns=turns)
    _write(found, out)
    _report(output, found)


@sweep.command("list", help=_("Published sweeps, the latest first."))
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help=_("At most so many rows."))
@every_command
@with_workspace
def list_published(*, workspace: Workspace, output: Format, limit: int) -> None:
    """Prints them."""
    rows, total = list_sweeps(workspace, ACTOR, limit=limit)
    if output == "json":
        print_json({"total": total, "items": rows})
        return
    columns = [
        *(("id", _("Number")), ("title", _("Name")), ("from", _("From")), ("to", _("To"))),
        *(("state" if output == "csv" else "state_name", _("State")), ("published_by", _("Published by"))),
    ]
    print_rows(output, columns, rows)


@sweep.command(help=_("What came of a published sweep: planned, done, found, put right."))
@click.argument("number")
@as_of
@every_command
@with_workspace
def report(*, workspace: Workspace, output: Format, number: str, on: date | None, known: datetime | None) -> None:
    """Prints the report of one."""
    found = sweep_report(workspace, ACTOR, number, on=on, known=known)
    if output == "json":
        print_json(found)
        return
    names = {
        "found": _("Findings made"),
        "put_right": _("Seen to be put right"),
        "rectified": _("Said to be put right"),
    }
    names |= {"escalated": _("Escalated"), "open": _("Not put right yet")}
    rows = [{"severity": _(SEVERITY_NAMES[name]), **found["findings"][name]} for name in reversed(SEVERITIES)]
    if output == "table":
        stands = found["progress"]
        print_heading(
            _(
                "{title}: {done} of {planned} visits made, {late} late, {given_up} given up.",
                title=found["sweep"]["title"],
                **{name: stands[name] for name in ("done", "planned", "late", "given_up")},
            )
        )
    print_rows(output, [("severity", _("Severity")), *names.items()], rows)


@click.command("sweep", help=_("Routes of a planned sweep with their numbered stops, and the time-table."))
@click.argument("file", type=_FILE)
@click.option("--out", type=_FILE, required=True, help=_("HTML file to write."))
@every_command
@with_workspace
def map_sweep(*, workspace: Workspace, output: Format, file: Path, out: Path) -> None:
    """Writes the page."""

    def draw() -> tuple[str, dict[str, int]]:
        data = sweep_map(workspace, ACTOR, read_sweep(file))
        return render_sweep(data, lang=current_language(), standalone=True), {"facilities": len(data.stops)}

    write_page(out, draw, output=output)


def _read_now(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(_("--now: {value} is no time; write it as YYYY-MM-DDTHH:MM.", value=text)) from None
    return moment.replace(tzinfo=None)


def _codes(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(code.strip() for value in values for code in value.split(",") if code.strip())


def _check_outs(out: tuple[Path, ...]) -> None:
    for path in out:
        check_ending(path, dict.fromkeys(ENDINGS))


def _write(found: Sweep, out: tuple[Path, ...]) -> None:
    contents = [(path, write_sweep(found, path.suffix.lower())) for path in out]
    for path, content in contents:
        _write_one(path, content)
        click.echo(_("{file}: {size} bytes.", file=path, size=len(content)), err=True)


def _write_one(path: Path, content: bytes) -> None:
    write_whole(path, lambda draft: _fill(draft, content))


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _report(output: Format, found: Sweep) -> None:
    document = to_document(found)
    if output == "json":
        print_json({key: value for key, value in document.items() if key != "inputs"})
        return
    visits = [
        ("day", _("Day")),
        ("team", _("Team")),
        ("arrive", _("Arrive")),
        ("leave", _("Leave")),
        ("facility", _("Facility")),
    ]
    if output == "csv":
        print_rows(output, visits, document["visits"])
        return
    _print_tables(found, document, visits)


def _print_tables(found: Sweep, document: dict[str, Any], visits: list[tuple[str, str]]) -> None:
    print_heading(
        _(
            "{visits} visits on {routes} routes; {left} facilities are not visited.",
            visits=len(document["visits"]),
            routes=len(document["routes"]),
            left=len(document["unvisited"]),
        )
    )
    routes = [
        ("day", _("Day")),
        ("team", _("Team")),
        ("leaves", _("Leaves")),
        ("returns", _("Back")),
        ("minutes", _("Minutes of work")),
        ("km", _("Kilometres")),
    ]
    print_rows("table", routes, document["routes"])
    print_first(visits, document["visits"])
    if document["unvisited"]:
        print_heading(_("Not visited"))
        print_first([("facility", _("Facility")), ("reason", _("Reason"))], document["unvisited"])
    click.echo(
        _(
            "Cost {objective} minutes; at most {gap} of it above the best there can be.",
            objective=f"{document['objective']:.0f}",
            gap=f"{document['bound_gap']:.1%}",
        )
    )
    click.echo(note_on_travel(straight_line=found.straight_line))

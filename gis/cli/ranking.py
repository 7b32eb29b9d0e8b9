"""`wangge rank`: which premises are most worth a visit, and `wangge rank report`: how far that can be believed."""

from datetime import date, datetime
from typing import Any, Final

import click

from gis.cli.common import (
    ACTOR,
    Format,
    as_of,
    every_command,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.services.selection import ranking
from gis.services.workspace import Workspace
from gis.texts import N_, _

ORDER_NAMES: Final = {
    "model": N_("The model"),
    "plain_sum": N_("Plain sum of past critical findings"),
    "past_critical": N_("Past critical, then longest not visited"),
    "random": N_("Random"),
}


@click.group("rank", help=_("Premises by how probable a serious finding is."), invoke_without_command=True)
@as_of
@every_command
@click.pass_context
def rank(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401
    """Prints the list, unless a command below is called."""
    if ctx.invoked_subcommand is None:
        _rank(**options)


@with_workspace
def _rank(*, workspace: Workspace, output: Format, on: date | None, known: datetime | None) -> None:
    with progress() as step:
        step(_("Learning from past visits"))
        found = ranking.rank(workspace, ACTOR, on=on, known=known)
    if output == "json":
        print_json(found)
        return
    keys = ("facility", "score", "rank", "rank_in_officer_list", "reasons", "officer", "past_critical")
    if output == "csv":
        print_rows("csv", [(key, key) for key in keys], found["items"])
        return
    print_heading(_("Where to go next on {on}", on=found["on"]))
    click.echo(found["meaning"])
    click.echo(found["why"] + "\n")
    headings = (_("Facility"), _("Score"), _("Rank"), _("In the officer's list"), _("Reasons"), _("Officer"))
    names = (*headings, _("Past critical findings"))
    print_first(list(zip(keys, names, strict=True)), found["items"])


@rank.command("report", help=_("How the ranking did on past visits, and for whom it is later."))
@as_of
@every_command
@with_workspace
def rank_report(*, workspace: Workspace, output: Format, on: date | None, known: datetime | None) -> None:
    """Prints the report; as CSV the orders."""
    with progress() as step:
        step(_("Learning from past visits"))
        found = ranking.rank_report(workspace, ACTOR, on=on, known=known)
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        keys = ("order", "days", "se", "n", "over_random", "over_random_se", "over_plain_sum", "over_plain_sum_se")
        print_rows("csv", [(key, key) for key in keys], [_flat(row) for row in found["orders"]])
        return
    _print_report(found)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    parts = {name: row[name] for name in ("over_random", "over_plain_sum")}
    errors = {f"{name}_se": part["se"] for name, part in parts.items()}
    return row | {name: part["days"] for name, part in parts.items()} | errors


def _with_error(mean: dict[str, Any]) -> str:
    """Days and their standard error."""
    return "-" if mean["days"] is None else f"{mean['days']:.1f} ± {mean['se'] or 0:.1f}"


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    name = ORDER_NAMES[row["order"]]
    gains = {part: _with_error(row[part]) for part in ("over_random", "over_plain_sum")}
    return {**row, **gains, "order": _(name), "days": _with_error(row)}


def _print_report(found: dict[str, Any]) -> None:
    tried = found["tried"]
    print_heading(_("The ranking on {on}, tried on the past", on=found["on"]))
    click.echo(found["meaning"])
    click.echo(found["why"])
    texts = (
        _("Visits tried: {visits}, in {windows} windows of two months and {lists} lists of inspectors.", **tried),
        _("Days earlier, within officers' own lists, for premises with a critical finding:"),
    )
    click.echo("\n".join(texts))
    columns = [
        ("order", _("Order")),
        *(("days", _("Days ± error")), ("over_random", _("Over random")), ("over_plain_sum", _("Over plain sum"))),
        ("n", _("Premises")),
    ]
    print_rows("table", columns, [_worded(row) for row in found["orders"]])
    calibration = found["calibration"]
    print_heading("\n" + _("Expected and observed share with a serious or critical finding, by tenths of the score"))
    columns = [("n", _("Visits")), ("expected", _("Expected")), ("observed", _("Observed"))]
    print_rows("table", [*columns, ("low", _("at least")), ("high", _("at most"))], calibration["tenths"])
    figures = {name: calibration[name] for name in ("brier", "brier_of_mean")}
    click.echo(_("Brier score: {brier}; of the mean alone: {brier_of_mean}.", **figures))
    columns = [("group", _("Group")), ("days", _("Days ± error")), ("n", _("Premises"))]
    for part, heading in (("kinds", _("Kinds, the latest first")), ("areas", _("Areas, the latest first"))):
        print_heading("\n" + heading + ": " + _("serious findings, days earlier than at random"))
        print_first(columns, [{**row, "days": _with_error(row)} for row in found["worse_off"][part]], most=10)

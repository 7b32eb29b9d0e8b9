"""`wangge draw ...`: facilities and inspectors by lot, with a proof; committing a seed first, and verifying a proof."""

from datetime import date
from errno import EISDIR
from os import strerror
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from gis.cli.common import (
    ACTOR,
    Date,
    Format,
    every_command,
    policy_option,
    print_heading,
    print_json,
    print_rows,
    with_workspace,
)
from gis.errors import UsageError
from gis.policies import DrawPolicy, read_draw_policy
from gis.services.cases.texts import name_of
from gis.services.exports import write_whole
from gis.services.selection import draws as service
from gis.services.selection import draws_view
from gis.services.workspace import Workspace, today
from gis.texts import _


@click.group(
    invoke_without_command=True,
    help=_("Draw facilities and inspectors by lot, weighted by record, and write the proof; or one of the commands."),
)
@click.option("--on", type=Date(), help=_("As of this day (default: today)."))
@click.option("--count", type=click.IntRange(min=1), help=_("How many facilities."))
@click.option("--seed", help=_("The seed: any text; the same seed and list give the same draw."))
@click.option("--inspectors", type=click.Path(path_type=Path), help=_("Inspectors: officer_code, interests, ..."))
@click.option("--out", type=click.Path(path_type=Path), help=_("Write the proof to this file."))
@policy_option("draw")
@click.option("--commitment", help=_("Number of a seed that was committed with `wangge draw commit`."))
@every_command
@click.pass_context
def draw(context: click.Context, /, *, output: Format, lang: str | None, home: Path | None, **options: object) -> None:
    """Draws at once, unless a command follows."""
    if context.invoked_subcommand is None:
        _draw(output=output, lang=lang, home=home, **options)


@draw.command("commit", help=_("Commit a seed before the list is frozen: prints its hash, which may be published."))
@click.option("--on", type=Date(), help=_("As of this day (default: today)."))
@click.option("--count", type=click.IntRange(min=1), required=True, help=_("How many facilities."))
@click.option("--seed", required=True, help=_("The seed: any text that nobody can guess."))
@policy_option("draw")
@every_command
@with_workspace
def commit(
    *, workspace: Workspace, output: Format, on: date | None, count: int, seed: str, policy: Path | None
) -> None:
    """Commits a seed."""
    wish = service.Wish(on or today(), count, _read_policy(policy))
    made = service.commit_draw(workspace, ACTOR, wish, seed=seed, id=str(uuid4()))
    if output == "json":
        print_json(made)
        return
    print_rows(output, _columns(), [_flat(made, worded=output == "table")])


@draw.command("list", help=_("Draws with their hashes and moments, the newest first."))
@every_command
@with_workspace
def list_(*, workspace: Workspace, output: Format) -> None:
    """Lists draws."""
    rows, total = draws_view.list_draws(workspace, ACTOR, limit=1_000_000)
    if output == "json":
        print_json({"total": total, "items": rows})
        return
    print_rows(output, _columns(), [_flat(row, worded=output == "table") for row in rows])


@draw.command("verify", help=_("Compute a proof anew from its file alone; exit 3 and the line where it does not hold."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seal", help=_("The seal that was published: the proof must have this one."))
@every_command
def verify(*, output: Format, lang: str | None, home: Path | None, file: Path, seal: str | None) -> None:
    """Verifies a proof."""
    del lang, home  # no database is asked
    found = draws_view.verify_file(file, seal=seal)
    answer = {"valid": True, "file": str(file), **vars(found)}
    if output == "json":
        print_json(answer)
        return
    columns = [
        *(("on", _("On")), ("candidates", _("Candidates")), ("inspectors", _("Inspectors")), ("drawn", _("Drawn"))),
        ("without_inspectors", _("Without inspectors")),
        *(("list_sha256", _("Hash of the list")), ("commitment", _("Commitment")), ("seal", _("Seal"))),
    ]
    if output == "csv":
        print_rows(output, columns, [answer])
        return
    print_heading(_("The proof holds: everything in it follows from the list and the seed."))
    for name, heading in columns:
        click.echo(f"{heading}: {answer[name]}")


@with_workspace
def _draw(
    *,
    workspace: Workspace,
    output: Format,
    on: date | None,
    count: int | None,
    seed: str | None,
    inspectors: Path | None,
    out: Path | None,
    policy: Path | None,
    commitment: str | None,
) -> None:
    needed: dict[str, object] = {"--seed": seed, "--inspectors": inspectors, "--out": out}
    needed |= {"--count": count} if commitment is None else {}
    for name, value in needed.items():
        if value is None or value == "":
            raise UsageError(_("{option} is missing.", option=name))
    if commitment is not None and (on or count or policy):
        raise UsageError(_("Day, number and policy were settled with the commitment; leave them out."))
    assert seed is not None
    assert inspectors is not None
    assert out is not None
    named = service.read_inspector_file(inspectors)
    made: dict[str, Any] = {}

    def fill(path: Path) -> None:
        if commitment is not None:
            made.update(service.run_draw(workspace, ACTOR, commitment, seed=seed, inspectors=named))
        else:
            wish = service.Wish(on or today(), count or 0, _read_policy(policy))
            made.update(service.draw_at_once(workspace, ACTOR, wish, seed=seed, inspectors=named, id=str(uuid4())))
        path.write_bytes(draws_view.read_proof(workspace, ACTOR, made["id"]))

    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, strerror(EISDIR))
        write_whole(out, fill)
    except (OSError, ValueError) as error:
        raise UsageError(_("{file} cannot be written: {why}.", file=out, why=error)) from None
    _print_draw(made, output, out)


def _print_draw(made: dict[str, Any], output: Format, out: Path) -> None:
    if output == "json":
        print_json({**made, "out": str(out)})
        return
    lines = [
        {
            "facility": line["facility"]["code"],
            "name": line["facility"]["name"],
            "stratum": line["stratum"] if output == "csv" else name_of(draws_view.STRATUM_NAMES, line["stratum"]),
            "probability": line["probability"],
            "inspectors": ";".join(person["code"] for person in line["inspectors"]),
            "recused": ";".join(row["inspector"] for row in line["recused"]),
            "problem": line["problem"],
        }
        for line in made["facilities"]
    ]
    columns = [
        *(("facility", _("Facility")), ("name", _("Name")), ("stratum", _("Stratum"))),
        *(("probability", _("Probability")), ("inspectors", _("Inspectors")), ("recused", _("Recused"))),
        ("problem", _("Problem")),
    ]
    print_rows(output, columns, lines)
    for name, value in ((_("Proof"), out), (_("Hash of the list"), made["list_sha256"]), (_("Seal"), made["seal"])):
        click.echo(f"{name}: {value}", err=True)


def _columns() -> list[tuple[str, str]]:
    return [
        *(("id", _("Number")), ("on", _("On")), ("count", _("Facilities")), ("state", _("State"))),
        *(("commitment", _("Commitment")), ("committed_at", _("Committed at")), ("list_sha256", _("Hash of the list"))),
        *(("frozen_at", _("Frozen at")), ("seal", _("Seal")), ("revealed_at", _("Revealed at"))),
    ]


def _flat(row: dict[str, Any], *, worded: bool) -> dict[str, Any]:
    return {**row, "state": name_of(draws_view.STATE_NAMES, row["state"]) if worded else row["state"]}


def _read_policy(file: Path | None) -> DrawPolicy | None:
    return None if file is None else read_draw_policy(file)

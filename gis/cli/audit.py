"""`wangge audit ...`: whether the chain holds, and what stands in it."""

from datetime import datetime
from typing import Any

import click

from gis.cli.common import ACTOR, Format, Moment, every_command, print_json, print_rows, with_workspace
from gis.errors import DataRejected
from gis.services import audit as service
from gis.services.workspace import Workspace
from gis.texts import _

OUTCOMES = ("done", "denied", "failed")


@click.group(help=_("The audit: verify, list."))
def audit() -> None:
    """Only a name for the commands below it."""


@audit.command(help=_("Check every seal of the audit; exit status 3 where a row does not hold."))
@click.option("--head", metavar="HASH", help=_("A head noted earlier, which must still be in the chain."))
@every_command
@with_workspace
def verify(*, workspace: Workspace, output: Format, head: str | None) -> None:
    """Number of rows and head, or the first row that does not hold."""
    chain = service.verify(workspace, ACTOR)
    if chain.broken_at is not None:
        if output == "json":
            print_json({"rows": chain.rows, "head": None, "broken_at": chain.broken_at})
        raise DataRejected(
            _("The audit was changed: row {number} does not hold.", number=chain.broken_at),
            details={"row": chain.broken_at},
        )
    if head is not None and not service.knows_head(workspace, ACTOR, head.strip().lower()):
        raise DataRejected(_("The head {head} is not in the chain: the audit was written anew or cut off.", head=head))
    if output == "json":
        print_json({"rows": chain.rows, "head": chain.head, "broken_at": None})
    else:
        print_rows(output, [("rows", _("Rows")), ("head", _("Head"))], [{"rows": chain.rows, "head": chain.head}])


@audit.command("list", help=_("Rows of the audit, newest first."))
@click.option("--who", help=_("Part of the name of the account."))
@click.option("--action", help=_("Part of the action."))
@click.option("--target", help=_("Part of the record."))
@click.option("--outcome", type=click.Choice(OUTCOMES), help=_("Only this outcome."))
@click.option("--from", "start", type=Moment(), help=_("From this time on."))
@click.option("--to", "end", type=Moment(), help=_("Before this time."))
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help=_("At most so many rows.")
)
@every_command
@with_workspace
def list_(
    *,
    workspace: Workspace,
    output: Format,
    who: str | None,
    action: str | None,
    target: str | None,
    outcome: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
) -> None:
    """Lists what fits."""
    found = service.search(
        workspace, ACTOR, who=who, action=action, target=target, outcome=outcome, start=start, end=end, limit=limit
    )
    rows: list[dict[str, Any]] = [
        {**{str(key): value for key, value in row.items()}, "at": row["at"].isoformat()}
        for row in found.frame.to_dict("records")
    ]
    if output == "json":
        print_json({"total": found.total, "rows": rows})
        return
    columns = [
        ("number", _("No.")),
        ("at", _("When")),
        ("who", _("Who")),
        ("role", _("Role")),
        ("action", _("Deed")),
        ("target", _("Target")),
        ("outcome", _("Outcome")),
        ("origin", _("From where")),
    ]
    print_rows(output, columns, rows)

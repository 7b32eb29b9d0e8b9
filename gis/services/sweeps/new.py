"""A sweep that is planned for somebody who waits, from a draw, a ranking or what is due; and a plan that is published.

Only teams with somebody who answers for a facility are sent there, so that the visit stands in a list of theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import pandas as pd

from gis.analysis.draw.verify import verify
from gis.errors import DataRejected
from gis.intake.firewall import refuse_person_data
from gis.policies.sweep import SweepPolicy, shipped_sweep_policy
from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services.listing import Filter
from gis.services.numbers import read_number
from gis.services.selection import draws_view, due, ranking
from gis.services.sweeps.check import find_fit
from gis.services.sweeps.document import MOST_DAYS, Sweep
from gis.services.sweeps.plan import MOST_SEED, SweepWish, plan_sweep
from gis.services.sweeps.published import check_title, planning, publish_sweep
from gis.services.sweeps.read import parse_sweep
from gis.services.sweeps.sources import Wish, parse_draw, wish_due, wish_ranked
from gis.services.sweeps.teams import Teams
from gis.services.sweeps.view import Row, describe
from gis.services.workspace import Workspace, today
from gis.store import sweeps
from gis.texts import _

LAST: Final = date(2200, 1, 1)
MOST_CHOSEN: Final = 1000


@dataclass(frozen=True)
class Choice:
    """Which facilities a sweep is to visit."""

    draw: str | None = None
    """Number of a stored draw: what it drew must be visited."""
    proof: bytes | None = None
    """The proof file of a draw, in its place."""
    ranked: int = 0
    """So many first ranks, as optional visits."""
    due: int = 0
    """So many of what is due, as optional visits."""
    filter: Filter = field(default_factory=Filter)
    """Of ranks and of what is due."""
    state: str | None = None
    mine: bool = False
    """Of ranks: only the own list."""


@dataclass(frozen=True)
class NewSweep:
    """What a sweep is planned from."""

    id: str
    title: str
    first: date
    days: int
    seconds: float
    seed: str
    teams: Teams
    choice: Choice
    mode: Mode = "drive"


def plan_new(workspace: Workspace, actor: Actor, wanted: NewSweep, *, turns: int | None = None) -> Sweep:
    """Plans a sweep that the actor may publish, and stores nothing. Raises DataRejected, FirewallRefused."""
    permit(actor, "sweeps.publish")
    read_number(wanted.id)
    check_title(wanted.title)
    seed = check_seed(wanted.seed)
    if not today() <= wanted.first <= LAST:
        raise DataRejected(_("{day} is over. Plan a visit for today or later.", day=wanted.first.isoformat()))
    if not 1 <= wanted.days <= MOST_DAYS:
        raise DataRejected(_("A sweep lasts from 1 to {most} days.", most=MOST_DAYS))
    policy = shipped_sweep_policy()
    wishes = find_wishes(workspace, actor, wanted.choice, policy)
    if not wishes:
        raise DataRejected(_("Nothing is to be visited. Choose a draw, ranks, or what is due."))
    fit = find_fit(workspace, actor, wanted.teams.teams, wanted.first)
    wish = SweepWish(
        wanted.teams,
        wanted.first,
        wanted.days,
        wanted.seconds,
        seed,
        wishes,
        due=0,
        mode=wanted.mode,
        policy=policy,
        turns=turns,
        fit=fit,
        now=datetime.now(),  # noqa: DTZ005 - the time of the place
    )
    with planning(wanted.seconds):
        return plan_sweep(workspace, actor, wish)


def publish_file(
    workspace: Workspace,
    actor: Actor,
    content: bytes | Mapping[str, Any],
    *,
    id: str,  # noqa: A002 - as the record and its JSON name it
    title: str,
    name: str = "plan.json",
) -> Row:
    """Publishes the plan of a file of `wangge sweep plan`. Raises DataRejected, FirewallRefused."""
    permit(actor, "sweeps.publish")
    check_title(title)
    return publish_sweep(workspace, actor, parse_sweep(content, name=name), id=id, title=title)


def find_wishes(workspace: Workspace, actor: Actor, choice: Choice, policy: SweepPolicy) -> tuple[Wish, ...]:
    """The facilities that are chosen. Raises NotFound for a draw that there is not, DataRejected for a false proof."""
    if max(choice.ranked, choice.due) > MOST_CHOSEN or min(choice.ranked, choice.due) < 0:
        raise DataRejected(_("Choose from 0 to {most} facilities.", most=MOST_CHOSEN))
    wishes: list[Wish] = []
    if choice.draw:
        found = draws_view.read_draw(workspace, actor, choice.draw)
        wishes += [Wish(line["facility"]["code"], "drawn", 0, _("the draw")) for line in found["facilities"]]
    if choice.proof:
        verify(choice.proof)
        wishes += parse_draw(choice.proof.decode(), name=_("the proof"))
    if choice.ranked:
        asked = ranking.Wanted(**vars(choice.filter), mine=choice.mine)
        page = ranking.list_ranked(workspace, actor, asked, limit=choice.ranked)
        wishes += wish_ranked([(row["code"], _("the ranking")) for row in page.rows], choice.ranked, policy)
    if choice.due:
        state = choice.state if choice.state in due.DUE else None
        rows = due.list_due(workspace, actor, due.Wanted(**vars(choice.filter), state=state), limit=choice.due).rows
        frame = pd.DataFrame(rows, columns=["code", "state", "days"]).rename(columns={"code": "facility"})
        wishes += wish_due(frame.astype({"days": "Int64"}), choice.due, policy)
    return tuple(wishes)


def find_stored(workspace: Workspace, actor: Actor, number: str) -> Row | None:
    """The sweep of this number, where this account has published it. Raises DataRejected for what is no number."""
    permit(actor, "sweeps.publish")
    number = read_number(number)
    with workspace.transaction(actor) as connection:
        row = sweeps.find(connection, number, mine=False)
    return describe(row) if row and row["published_by"] == actor.name else None


def check_seed(seed: str) -> str:
    """The seed as it is used. Raises DataRejected, and FirewallRefused for the number of a person."""
    text = seed.strip()
    if not 1 <= len(text) <= MOST_SEED or not text.isprintable():
        raise DataRejected(_("The seed is missing. Write a text that nobody outside knows beforehand."))
    refuse_person_data(text, field="seed")
    return text

"""Plans of sweeps for tests: two facilities, one team, and the people who go."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from gis.analysis.sweeps.problem import Place, Team
from gis.roles import Actor
from gis.services.sweeps.document import Sweep
from gis.services.sweeps.plan import SweepWish, plan_sweep
from gis.services.sweeps.published import publish_sweep
from gis.services.sweeps.sources import Wish
from gis.services.sweeps.teams import Teams
from gis.services.workspace import Workspace, today

HOME = Place("卫健局", 120.01, 28.01)
PEOPLE = ("L01", "L02")


def team(code: str = "甲", people: Sequence[str] = PEOPLE) -> Team:
    """A team that works all day."""
    return Team(code, tuple(people), HOME, HOME, 1, 1439)


def make_plan(
    workspace: Workspace,
    actor: Actor,
    codes: Sequence[str] = ("F1", "F2"),
    *,
    first: date | None = None,
    days: int = 2,
    teams: Sequence[Team] = (),
) -> Sweep:
    """A plan that visits these facilities from today on, weekends too."""
    wishes = tuple(Wish(code, "must", 0, "test") for code in codes)
    chosen = Teams(tuple(teams) or (team(),), True)
    return plan_sweep(workspace, actor, SweepWish(chosen, first or today(), days, 1.0, "seed", wishes, turns=20, due=0))


def publish(workspace: Workspace, actor: Actor, sweep: Sweep | None = None, **given: Any) -> dict[str, Any]:
    """A sweep that is published."""
    fine: dict[str, Any] = {"id": str(uuid4()), "title": "五月专项检查"}
    return publish_sweep(workspace, actor, sweep or make_plan(workspace, actor), **(fine | given))


def tomorrow() -> date:
    """The day after today."""
    return today() + timedelta(days=1)

"""Inspections: which premises are due, overdue or were never inspected, and what the register itself shows amiss."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, cast

import geopandas as gpd
import pandas as pd

from gis.analysis.premises.checks import RULES, check_register
from gis.analysis.premises.oversight import InspectionGaps, find_inspection_gaps
from gis.analysis.premises.trend import month_ends, trace_inspections
from gis.policies import InspectionPolicy, shipped_inspection_policy
from gis.roles import Actor, permit, visible
from gis.rows import records
from gis.services.register import own_table
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.inspections import read_serials_seen


@dataclass(frozen=True)
class Oversight:
    """The gaps of one day with the ground that they lie on."""

    gaps: InspectionGaps
    checks: pd.DataFrame
    """As `check_register` gives them."""
    areas: gpd.GeoDataFrame
    """Those of the actor, all periods, columns by role."""
    facilities: gpd.GeoDataFrame
    """The same."""
    policy: InspectionPolicy


def inspection_gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: InspectionPolicy | None = None,
) -> dict[str, Any]:
    """`{"on", "known", "policy", "never", "overdue", "due_soon", "by_area", "checks"}` of what the actor answers for.

    Without a policy it is that of `data/policies/inspection.toml`.
    """
    on, at = on or today(), known or datetime.now(UTC)
    found = find_oversight(workspace, actor, on=on, known=known, policy=policy)
    return {
        "on": on.isoformat(),
        "known": at.isoformat(),
        "policy": found.policy.to_json(),
        "never": found.gaps.of_state("never")["facility"].tolist(),
        "overdue": _due(found.gaps.of_state("overdue"), sign=1),
        "due_soon": _due(found.gaps.of_state("due_soon"), sign=-1),
        "by_area": records(found.gaps.by_area),
        "checks": records(found.checks),
    }


def _due(rows: pd.DataFrame, *, sign: int) -> list[dict[str, Any]]:
    """Days past the day it was due, or left until then."""
    return records(rows[["facility", "due_on"]].assign(days=rows["days"].astype("int64") * sign))


def find_oversight(
    workspace: Workspace, actor: Actor, *, on: date, known: datetime | None, policy: InspectionPolicy | None = None
) -> Oversight:
    """The gaps as frames. An answer is kept until something is recorded."""
    permit(actor, "gaps.read")
    policy = policy or shipped_inspection_policy()
    key = (*standing(workspace, actor).key, "oversight", on, known, repr(policy))
    return workspace.remember(key, lambda: _search(workspace, actor, on=on, known=known, policy=policy))


def coverage_trend(workspace: Workspace, actor: Actor, area: str, *, on: date) -> list[dict[str, Any]]:
    """How inspection reached the premises of an area at the end of each month of the year before, and on the day.

    Rows as `trace_inspections` gives them; none for an area that the actor does not see. The trend of all areas is
    found at once and kept until something is recorded.
    """
    permit(actor, "gaps.read")
    key = (*standing(workspace, actor).key, "coverage-trend", on)
    traced = workspace.remember(key, lambda: _trace(workspace, actor, on))
    rows = traced.frame.iloc[traced.rows.get(area, slice(0))]
    return workspace.remember((*key, area), lambda: records(rows))


@dataclass(frozen=True)
class _Traced:
    """The trend of all areas, and where the rows of each of them stand."""

    frame: pd.DataFrame
    rows: dict[str, slice]


def _trace(workspace: Workspace, actor: Actor, on: date) -> _Traced:
    days = month_ends(on)
    with workspace.transaction(actor) as connection:
        visits = read.read_visit_turns(connection, days=days, known=None, mine=own(connection, actor))
    frame = trace_inspections(
        own_table(workspace, actor, "facilities"),
        visits,
        own_table(workspace, actor, "areas"),
        days=days,
        policy=shipped_inspection_policy(),
        levels=workspace.settings.levels,
    )
    first = frame.index[~frame["area"].duplicated()].to_list()
    ends = [*first[1:], len(frame)]
    names = frame["area"].iloc[first]
    return _Traced(frame, {code: slice(*rows) for code, rows in zip(names, zip(first, ends, strict=True), strict=True)})


def register_checks(workspace: Workspace, actor: Actor, *, on: date) -> dict[str, frozenset[str]]:
    """What the register shows amiss on a day, as it is known now: each of RULE_TEXTS -> codes of facilities."""
    permit(actor, "gaps.read")
    policy = shipped_inspection_policy()

    def check() -> dict[str, frozenset[str]]:
        tables = (own_table(workspace, actor, table) for table in _CHECKED)
        found = check_register(*tables, on=on, policy=policy)
        held = found.explode("facilities").groupby("rule")["facilities"]
        return {rule: frozenset() for rule in RULE_TEXTS} | {str(rule): frozenset(codes) for rule, codes in held}

    return workspace.remember((*standing(workspace, actor).register_key, "checks", on), check)


RULE_TEXTS: Final = {name: rule.text for name, rule in RULES.items()}
"""Rule of the register -> what it says of a facility, for readers."""
_CHECKED: Final = ("facilities", "licences", "equipment", "operators")


def _search(
    workspace: Workspace, actor: Actor, *, on: date, known: datetime | None, policy: InspectionPolicy
) -> Oversight:
    def read_visits() -> pd.DataFrame:
        with workspace.transaction(actor) as connection:
            return read.read_last_visits(connection, on=on, known=known, mine=own(connection, actor))

    with ThreadPoolExecutor(max_workers=1) as aside:  # the database goes through all inspections meanwhile
        asked = aside.submit(copy_context().run, read_visits)
        areas, facilities, licences, equipment, operators = (
            own_table(workspace, actor, table, known=known)
            for table in ("areas", "facilities", "licences", "equipment", "operators")
        )
        with workspace.transaction(actor) as connection:
            seen = read_serials_seen(connection, on=on, known=known)
        checks = check_register(facilities, licences, equipment, operators, on=on, policy=policy, seen=seen)
        visits = asked.result()
    areas, facilities = cast("gpd.GeoDataFrame", areas), cast("gpd.GeoDataFrame", facilities)
    levels = workspace.settings.levels
    return Oversight(
        find_inspection_gaps(facilities, visits, areas, on=on, policy=policy, levels=levels),
        checks,
        visible(areas, actor.role, table="areas"),
        visible(facilities, actor.role, table="facilities"),
        policy,
    )

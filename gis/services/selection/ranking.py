"""Where to go next: the premises of an actor's area by how probable a serious finding is at the next visit.

What is learned, is learned from the visits that the actor may see: rows elsewhere change no byte of an answer.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import Nesting, in_force, nest
from gis.analysis.ranking.features import History, describe
from gis.analysis.ranking.kinds import find_frequent, group_kinds
from gis.analysis.ranking.lists import find_holders, place
from gis.analysis.ranking.reasons import explain, explain_plain
from gis.analysis.ranking.report import report
from gis.analysis.ranking.trial import Choice, Learned, learn
from gis.analysis.responsibility.workload import locate_facilities
from gis.policies import shipped_inspection_policy
from gis.roles import Actor, permit, visible
from gis.rows import records
from gis.services import audit
from gis.services.areas.responsibility import widen
from gis.services.listing import Filter, area_choices, name_areas, narrow, require_ending, write_table
from gis.services.register import is_bound, own_table, read_duties, with_above
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import N_, _

MEANING: Final = N_(
    "The score is the probability that the next visit to these premises finds something serious or critical, judged "
    "from their own history. It is about premises, and it is no proof: only a visit can tell."
)
CHOICES: Final[dict[Choice, str]] = {
    "model": N_("The model ranks: on past visits it won over the plain sum by more than the noise."),
    "plain_sum": N_(
        "The plain sum of past critical findings ranks: the model did not win over it by more than the noise."
    ),
}
_SHOWN: Final = (
    *("code", "name", "kind", "area", "area_name", "officer", "own", "score", "rank", "rank_in_officer_list"),
    *("past_critical", "visits"),
)

COLUMNS: Final = {
    "rank_in_officer_list": N_("In the list"),
    "code": N_("Code"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "area": N_("Area code"),
    "area_name": N_("Area"),
    "officer": N_("Whose list"),
    "rank": N_("Of all"),
    "score": N_("Score"),
    "past_critical": N_("Past critical findings"),
    "reasons": N_("Reasons"),
}
"""Columns of the file that is taken out, with their headings."""


@dataclass(frozen=True)
class Wanted(Filter):
    """Which of them are asked for; None picks everything."""

    mine: bool = False
    """Only the own list."""


@dataclass(frozen=True)
class RankPage:
    """Rows `offset` .. `offset + limit` of the `total` that fit, and what there is to choose from."""

    rows: list[dict[str, Any]]
    """The columns of _SHOWN and `reasons`: effect (raises, lowers), text, weight; the own list first, then by rank."""
    total: int
    limit: int
    offset: int
    on: date
    chosen: Choice
    kinds: list[str]
    areas: list[dict[str, Any]]
    has_own: bool
    """Whether anything is on the actor's own list."""


@dataclass(frozen=True)
class Ranked:
    """All premises of the actor on one day, ranked."""

    frame: pd.DataFrame
    """The columns of _SHOWN and `address`: the own list first, then by rank."""
    facts: pd.DataFrame
    """What is known of each, on the index of `frame`."""
    learned: Learned
    areas: pd.DataFrame
    tree: Nesting


def rank(
    workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None
) -> dict[str, Any]:
    """`{"on", "known", "chosen", "why", "meaning", "items"}`, the whole list by rank.

    Each item has `facility, score, rank, rank_in_officer_list, reasons, officer, past_critical`; a score is None where
    nothing could be learned.
    """
    on, at = on or today(), known or datetime.now(UTC)
    found = find_ranking(workspace, actor, on=on, known=known)
    frame = found.frame.sort_values("rank")
    names = ["code", "score", "rank", "rank_in_officer_list", "officer", "past_critical"]
    rows = records(frame[names].rename(columns={"code": "facility"}))
    return {
        "on": on.isoformat(),
        "known": at.isoformat(),
        **_about(found.learned.chosen),
        "items": [
            {**row, "reasons": [one["sign"] + " " + one["text"] for one in reasons]}
            for row, reasons in zip(rows, _reasons(found, frame), strict=True)
        ],
    }


def list_ranked(
    workspace: Workspace,
    actor: Actor,
    wanted: Wanted,
    *,
    on: date | None = None,
    known: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> RankPage:
    """Those that fit, the own list first, then by rank."""
    on = on or today()
    found = find_ranking(workspace, actor, on=on, known=known)
    fitting = pick(found, wanted)
    frame = fitting.iloc[offset : offset + limit]
    rows = zip(records(frame[list(_SHOWN)]), _reasons(found, frame), strict=True)
    return RankPage(
        rows=[{**row, "reasons": reasons} for row, reasons in rows],
        total=len(fitting),
        limit=limit,
        offset=offset,
        on=on,
        chosen=found.learned.chosen,
        kinds=sorted(found.frame["kind"].dropna().unique()),
        areas=area_choices(found.areas, workspace.settings.levels, chosen=wanted.area),
        has_own=bool(found.frame["own"].any()),
    )


def export_ranking(
    workspace: Workspace,
    actor: Actor,
    wanted: Wanted,
    ending: str,
    *,
    on: date | None = None,
    known: datetime | None = None,
) -> bytes:
    """Those that fit as CSV (UTF-8 with its mark) or XLSX, each with its reasons; the audit knows of it."""
    permit(actor, "export")
    require_ending(ending)
    on = on or today()
    found = find_ranking(workspace, actor, on=on, known=known)
    frame = pick(found, wanted)
    told = [" · ".join(f"{one['sign']} {one['text']}" for one in reasons) for reasons in _reasons(found, frame)]
    asked = {name: value for name, value in vars(wanted).items() if value}
    with workspace.transaction(actor) as connection:
        audit.record(connection, actor, "export.ranking", f"rank.{ending}", details={"rows": len(frame), **asked})
    table = frame.assign(reasons=told)[list(COLUMNS)]
    return write_table(table, COLUMNS, ending, title=_("Where to go next"), on=on)


def rank_report(
    workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None
) -> dict[str, Any]:
    """How far the ranking can be believed: trials on the past, calibration, and for whom it is later."""
    on, at = on or today(), known or datetime.now(UTC)
    found = find_ranking(workspace, actor, on=on, known=known)

    def write() -> dict[str, Any]:
        names, frame = name_areas(found.areas), found.frame
        frequent = find_frequent(found.learned.facts["kind"])
        groups = group_kinds(frame["kind"].dropna().unique(), frequent)
        level = workspace.settings.levels[1]
        at_level = set(found.areas.loc[found.areas["level"] == level, "code"])
        return report(
            found.learned,
            kinds={code: groups.get(kind) or "-" for code, kind in zip(frame["code"], frame["kind"], strict=True)},
            areas={
                code: names.get(_climb(area, found.tree, at_level), "-")
                for code, area in zip(frame["code"], frame["area"], strict=True)
            },
        )

    key = (*standing(workspace, actor).key, "ranking-report", on, known)
    written = workspace.remember(key, write)
    return {"on": on.isoformat(), "known": at.isoformat(), **_about(found.learned.chosen), **written}


def find_ranking(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None) -> Ranked:
    """The whole ranking as frames. An answer is kept until something is recorded."""
    permit(actor, "ranking.read")
    key = (*standing(workspace, actor).key, "ranking", on, known)
    return workspace.remember(key, lambda: _search(workspace, actor, on=on, known=known))


def pick(found: Ranked, wanted: Wanted) -> pd.DataFrame:
    """The rows of the ranking that fit."""
    frame = found.frame[found.frame["own"].astype(bool)] if wanted.mine else found.frame
    return narrow(frame, found.tree, wanted)


def _about(chosen: Choice) -> dict[str, str]:
    return {"chosen": chosen, "why": _(CHOICES[chosen]), "meaning": _(MEANING)}


def _climb(area: object, tree: Nesting, level: set[str]) -> str:
    """The area of the level that holds an area, or the area itself."""
    if not isinstance(area, str) or area not in tree.parents:
        return ""
    return next((code for code in (area, *tree.ancestors(area)) if code in level), area)


def _reasons(found: Ranked, frame: pd.DataFrame) -> list[list[dict[str, Any]]]:
    """For each row its reasons as plain values, in the reader's language."""
    facts, model = found.facts.loc[frame.index], found.learned.model
    told = explain_plain(facts) if found.learned.chosen == "plain_sum" or model is None else explain(model, facts)
    return [
        [{"effect": one.effect, "sign": one.sign, "text": one.text, "weight": one.weight} for one in reasons]
        for reasons in told
    ]


def _read_history(workspace: Workspace, actor: Actor, known: datetime | None) -> History:
    with workspace.transaction(actor) as connection:
        visits = read.read_table(connection, "inspections", on=None, known=known, mine=own(connection, actor))
    facilities, licences, equipment, operators = (
        pd.DataFrame(own_table(workspace, actor, table, known=known).drop(columns="geometry", errors="ignore"))
        for table in ("facilities", "licences", "equipment", "operators")
    )
    return History(facilities, visits, licences, equipment, operators, shipped_inspection_policy())


def _search(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None) -> Ranked:
    history = _read_history(workspace, actor, known)
    learned = learn(history, on)
    every = visible(own_table(workspace, actor, "facilities", known=known), actor.role, table="facilities")
    premises = in_force(every, on).reset_index(drop=True)
    facts = describe(
        pd.DataFrame({"facility_code": premises["code"], "origin": pd.Timestamp(on).as_unit("s")}), history
    )
    areas = in_force(visible(own_table(workspace, actor, "areas", known=known), actor.role, table="areas"), on)
    ground = widen(workspace, areas, premises, on=on, known=known)
    held = locate_facilities(premises, ground, levels=workspace.settings.levels, climb=True)
    holders = _hold(workspace, actor, premises, on=on, known=known)
    ranker = learned.ranker
    frame = pd.DataFrame(premises[["code", "name", "kind", "address"]]).assign(
        area=held,
        area_name=held.map(name_areas(ground)),
        officer=holders,
        own=[actor.officer_code is not None and holder == actor.officer_code for holder in holders],
        score=float("nan") if ranker is None else ranker.score(facts),
        past_critical=facts["critical_sum"],
        visits=facts["visits"],
        **place(learned.sort_by(facts), premises["code"], holders, facts["waited"]),
    )
    frame = frame.sort_values(["own", "rank"], ascending=[False, True], kind="stable")
    return Ranked(frame, facts, learned, areas, nest(areas))


def _hold(
    workspace: Workspace, actor: Actor, premises: gpd.GeoDataFrame, *, on: date, known: datetime | None
) -> "pd.Series[str]":
    """Whose list each of the premises is on; those who answer for areas above the actor's own count too."""
    whole = known is not None or not is_bound(actor)
    duties = read_duties(workspace, actor, on=on, known=known) if whole else with_above(workspace, actor)
    return find_holders(premises, duties.areas, duties.assignments, on, levels=workspace.settings.levels)

"""Where to go next: a page with the own list first and reasons, how far it can be believed, and both as JSON."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, AsOfDep, PagingDep, SignedInDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import ranking as models
from api.pager import ROWS, page_through
from api.pages import attachment, link, words_of
from api.premises_filter import FILTER_WORDS, Inside, Kind, Search, asked_of, downloads
from api.shell import show
from api.words.sweeps import sweep_link
from gis.services.areas import grid
from gis.services.selection import ranking
from gis.services.selection.ranking import CHOICES, MEANING, Wanted
from gis.texts import N_, _

router = APIRouter(tags=["inspections"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    **FILTER_WORDS,
    "mine": N_("Only my own list"),
    "report": N_("How far this can be believed"),
    "facility": N_("Facility"),
    "officer": N_("Whose list"),
    "place": N_("In the list"),
    "rank": N_("Of all"),
    "score": N_("Score"),
    "past_critical": N_("Past critical findings"),
    "reasons": N_("Reasons"),
    "raises": N_("raises the score:"),
    "lowers": N_("lowers the score:"),
    "own": N_("own list"),
    "nobody": N_("nobody"),
    "nothing": N_("No premises fit these filters."),
    "sweep": N_("Plan a sweep of these"),
}
REPORT_WORDS: Final[Mapping[str, str]] = {
    "back": N_("Where to go next"),
    "method": N_(
        "Every order is tried on windows of two months in the past, having learned only from what was before. Officers "
        "keep their own premises and their own days of visits; only the order within each list changes. The officer "
        "is never among the facts."
    ),
    "untried": N_("There are not enough past visits to try it: the plain sum ranks."),
    "orders": N_("Days earlier that a critical finding is met, within officers' own lists"),
    "order": N_("Order"),
    "days": N_("Days ± error"),
    "over_random": N_("Over random"),
    "over_plain_sum": N_("Over plain sum"),
    "premises": N_("Premises"),
    "calibration": N_("Expected and observed share with a serious or critical finding, by tenths of the score"),
    "visits": N_("Visits"),
    "expected": N_("Expected"),
    "observed": N_("Observed"),
    "interval": N_("95 % interval"),
    "kinds": N_("Kinds, the latest first"),
    "areas": N_("Areas, the latest first"),
    "worse": N_(
        "Serious or critical findings: days earlier than at random. Negative is later: whoever works by this list "
        "must visit these places by other rules too."
    ),
    "group": N_("Group"),
    "later": N_("later"),
    "model": N_("The model"),
    "plain_sum": N_("Plain sum of past critical findings"),
    "past_critical": N_("Past critical, then longest not visited"),
    "random": N_("Random"),
}
SHOWN: Final = 15
"""Groups of the report's page; JSON has all."""


def _wanted(
    *,
    q: Search = "",
    kind: Kind = "",
    area: Inside = "",
    mine: Annotated[bool, Query(description=N_("Only my own list"))] = False,
) -> Wanted:
    return Wanted(q.strip() or None, kind or None, area or None, mine)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get(
    "/api/rank",
    summary=N_("Where to go next"),
    description=N_("Premises by how probable a serious or critical finding is, the own list first, with reasons."),
    response_model=models.RankPage,
)
def list_ranked(
    workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, paging: PagingDep, wanted: WantedDep
) -> Response:
    """A page of the list."""
    found = ranking.list_ranked(
        workspace, actor, wanted, on=as_of.on, known=as_of.known, limit=paging.limit, offset=paging.offset
    )
    document = {
        "on": found.on,
        "chosen": found.chosen,
        "meaning": _(MEANING),
        "why": _(CHOICES[found.chosen]),
        "total": found.total,
        "limit": found.limit,
        "offset": found.offset,
        "items": found.rows,
    }
    return Response(to_json(document), media_type=JSON)


@router.get(
    "/api/rank/report",
    summary=N_("How far the ranking can be believed"),
    description=N_("Trials on past visits, calibration, and for whom findings are met later."),
    response_model=models.RankReport,
)
def get_report_json(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> Response:
    """The report."""
    found = ranking.rank_report(workspace, actor, on=as_of.on, known=as_of.known)
    return Response(to_json(found), media_type=JSON)


@pages.get("/rank", summary=N_("Where to go next"))
def get_rank(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    as_of: AsOfDep,
    wanted: WantedDep,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The list of a day with filters; the address holds them, so that it can be kept and sent."""
    offset = (page - 1) * ROWS
    found = ranking.list_ranked(workspace, me.actor, wanted, on=as_of.on, known=as_of.known, limit=ROWS, offset=offset)
    held = as_of.held
    asked = asked_of(wanted) | held
    return show(
        request,
        "rank.html",
        me=me,
        title=_("Where to go next"),
        wide=True,
        w=words_of(WORDS),
        meaning=_(MEANING),
        why=_(CHOICES[found.chosen]),
        idle=not grid.has_duty(workspace, me.actor),
        wanted=wanted,
        found=found,
        held=held,
        report=link("/rank/report", held),
        start=link("/rank", held),
        count=_("{count} facilities", count=f"{found.total:,}"),
        downloads=downloads("/rank", me.actor, asked),
        sweep=sweep_link(me, {**{n: v for n, v in asked.items() if n not in held}, "ranked": min(found.total, ROWS)}),
        pages=page_through(
            found.total,
            size=ROWS,
            offset=offset,
            to=lambda first: link("/rank", {**asked, "page": first // ROWS + 1}),
        ),
    )


@pages.get("/rank.{ending}", summary=N_("Where to go next, as a file"), response_class=Response)
def get_file(
    workspace: WorkspaceDep, me: SignedInDep, as_of: AsOfDep, wanted: WantedDep, ending: Literal["csv", "xlsx"]
) -> Response:
    """The rows that fit, whole, with their reasons; the audit knows of it."""
    content = ranking.export_ranking(workspace, me.actor, wanted, ending, on=as_of.on, known=as_of.known)
    return attachment(content, "rank", ending)


@pages.get("/rank/report", summary=N_("How far the ranking can be believed"))
def get_report(request: Request, workspace: WorkspaceDep, me: SignedInDep, as_of: AsOfDep) -> Response:
    """The report of a day."""
    found = ranking.rank_report(workspace, me.actor, on=as_of.on, known=as_of.known)
    return show(
        request,
        "rank_report.html",
        me=me,
        title=_("How far the ranking can be believed"),
        w=words_of(REPORT_WORDS),
        found=found,
        back=link("/rank", as_of.held),
        tried=_(
            "Visits tried: {visits}, in {windows} windows of two months and {lists} lists of inspectors.",
            **found["tried"],
        ),
        brier=_("Brier score: {brier}; of the mean alone: {brier_of_mean}.", **_brier(found["calibration"])),
        shown=SHOWN,
    )


def _brier(calibration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: calibration[name] for name in ("brier", "brier_of_mean")}

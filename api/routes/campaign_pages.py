"""Campaigns as pages: the list, the form for a new one, and the progress of one with its acceptance and its report."""

from collections.abc import AsyncIterator
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, AsOfDep, SignedInDep, WorkspaceDep
from api.errors import status_of
from api.pages import SEE_OTHER
from api.routes.campaigns import CampaignCode
from api.shell import show
from api.words import campaigns as texts
from gis.errors import NotAllowed, NotFound, WanggeError
from gis.roles import PERMITTED, Actor
from gis.services import audit
from gis.services.accounts.sessions import SignedIn
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns.plan import DATES, LARGEST_FILE, CampaignPlan, make_plan, parse_plan
from gis.services.campaigns.view import CampaignView
from gis.services.workspace import Workspace, today
from gis.texts import _, current_language
from maps.campaign import draw_progress
from maps.sheets.campaign import MEASURES, campaign_sheet, campaign_workbook

router = APIRouter(
    prefix="/campaigns", tags=["campaigns"], default_response_class=HTMLResponse, include_in_schema=False
)

ROWS: Final = 4
MORE: Final = 4
MOST_ROWS: Final = 300
"""Rows of the form; the framework reads at most 1000 fields."""
TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Values = dict[str, object]


async def _read_form(request: Request) -> AsyncIterator[FormData]:
    async with request.form() as form:
        yield form


FormDep = Annotated[FormData, Depends(_read_form)]
Chosen = Annotated[str, Query(max_length=200)]


@router.get("", summary="Campaigns")
def get_list(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """All campaigns with their state."""
    rows = [
        {**row, "state_name": texts.state_name(row["state"]), "href": _page_of(row["code"])}
        for row in campaigns.list_campaigns(workspace, me.actor)
    ]
    return show(
        request,
        "campaigns.html",
        me=me,
        title=_("Campaigns"),
        campaigns=rows,
        may_plan=_may_manage(me.actor),
        text=texts.list_texts(),
    )


@router.get("/new", summary="Plan a campaign")
def get_new(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """The form for a new campaign."""
    return _form(request, workspace, me, {})


@router.post("/new", summary="Plan a campaign")
def post_new(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Plans the campaign of the form, or gives it back with more rows, or with what is wrong."""
    values = _values_of(form)
    if "more" in form:
        return _form(request, workspace, me, values, more=True)
    try:
        plan = make_plan(_document_of(values), source=_("the form"))
        return _plan(workspace, actor, plan)
    except WanggeError as error:
        return _refuse(request, workspace, me, values, error)


@router.post("/new/file", summary="Plan a campaign")
def post_file(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Plans the campaign of a TOML file."""
    file = form.get("file")
    content = file.file.read(LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    name = file.filename if isinstance(file, UploadFile) and file.filename else _("the file")
    try:
        return _plan(workspace, actor, parse_plan(content, source=name))
    except WanggeError as error:
        return _refuse(request, workspace, me, {}, error)


@router.get("/{code}", summary="A campaign")
def get_one(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    as_of: AsOfDep,
    code: CampaignCode,
    *,
    measure: Chosen = "",
    area: Chosen = "",
) -> Response:
    """The progress of one campaign; what is chosen stands in the address."""
    view = campaigns.get_campaign(workspace, me.actor, code, on=as_of.on, measure=measure or None, area=area or None)
    return _show_one(request, me, view, measure=measure, area=area)


@router.post("/{code}/acceptance", summary="Accept a campaign")
def post_acceptance(workspace: WorkspaceDep, actor: ActorDep, code: CampaignCode, form: FormDep) -> Response:
    """Accepts the campaign, then shows it."""
    campaigns.accept_campaign(workspace, actor, code, remark=str(form.get("remark", "")))
    return RedirectResponse(_page_of(code), SEE_OTHER)


@router.get("/{code}/report.{ending}", summary="The report of a campaign", response_class=Response)
def get_report(workspace: WorkspaceDep, me: SignedInDep, as_of: AsOfDep, code: CampaignCode, ending: str) -> Response:
    """The report as PDF or XLSX."""
    if ending not in TYPES:
        raise NotFound(_("There is nothing at this address."))
    report = campaigns.report_campaign(workspace, me.actor, code, on=as_of.on)
    make = campaign_sheet if ending == "pdf" else campaign_workbook
    name = quote(f"{code}.{ending}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(make(report, lang=current_language()), media_type=TYPES[ending], headers=headers)


def _show_one(request: Request, me: SignedIn, view: CampaignView, *, measure: str, area: str) -> Response:
    present = [key for key in MEASURES if key in set(view.rows["measure"])]
    drawn = measure or (present[0] if present else "")
    picture = draw_progress(view.areas, view.rows, drawn)
    asked = {key: value for key, value in request.query_params.items() if key != "area"}
    return show(
        request,
        "campaign.html",
        me=me,
        title=view.name,
        wide=True,
        view=view,
        page=_page_of(view.code),
        chosen={"measure": measure, "area": area, "on": view.on.isoformat()},
        state_name=texts.state_name(view.state),
        stages=texts.stage_rows(view, today=today()),
        measures=[(key, _(name)) for key, name in MEASURES.items()],
        areas=texts.area_options(view.choices),
        totals=texts.progress_rows(view.totals),
        columns=[(key, _(MEASURES[key])) for key in present],
        lines=texts.progress_lines(view.rows, present),
        lagging=texts.progress_rows(view.lagging),
        picture=picture,
        map_title=texts.map_title(drawn, picture) if picture else "",
        bands=texts.band_names(),
        area_links={s.code: "?" + urlencode({**asked, "area": s.code}) for s in picture.shapes} if picture else {},
        may_export=me.actor.role in PERMITTED["export"],
        text=texts.page_texts(),
    )


def _form(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    values: Values,
    *,
    more: bool = False,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    choices = campaigns.list_choices(workspace, me.actor)
    entries = list(values.get("targets", []))  # type: ignore[call-overload]
    blank = {"area": "", "measure": "sessions", "target": ""}
    wanted = max(len(entries) + (MORE if more else 0), ROWS)
    entries += [blank] * (min(wanted, MOST_ROWS) - len(entries))
    return show(
        request,
        "campaign_new.html",
        me=me,
        title=_("Plan a campaign"),
        problem=problem,
        status=status,
        values={key: values.get(key, "") for key in ("code", "name", *DATES)},
        targets=entries,
        choices=choices,
        measures=[(key, _(name)) for key, name in MEASURES.items()],
        date_names=texts.date_names(),
        text=texts.form_texts(),
    )


def _refuse(request: Request, workspace: Workspace, me: SignedIn, values: Values, error: WanggeError) -> HTMLResponse:
    """The form once more, with what is wrong; an attempt beyond the actor's reach is written to the audit."""
    if isinstance(error, NotAllowed):
        raise error
    if isinstance(error, NotFound):
        audit.deny(workspace, me.actor, f"POST {request.url.path}", request.url.path, error)
    return _form(request, workspace, me, values, problem=error.message, status=status_of(error)[0])


def _plan(workspace: Workspace, actor: Actor, plan: CampaignPlan) -> RedirectResponse:
    stored = campaigns.create_campaign(workspace, actor, plan)
    return RedirectResponse(_page_of(stored["code"]), SEE_OTHER)


def _values_of(form: FormData) -> Values:
    """What was typed, as text; rows that hold nothing are left out."""
    columns = [[str(value).strip() for value in form.getlist(key)] for key in ("area", "measure", "target")]
    rows = [dict(zip(("area", "measure", "target"), row, strict=True)) for row in zip(*columns, strict=False)]
    plain = {key: str(form.get(key, "")).strip() for key in ("code", "name", *DATES)}
    return {**plain, "targets": [row for row in rows if row["area"] or row["target"]][:MOST_ROWS]}


def _document_of(values: Values) -> Values:
    """The same as a campaign file has it: targets as whole numbers where they are."""
    rows: list[dict[str, str]] = values["targets"]  # type: ignore[assignment]
    return {**values, "targets": [{**row, "target": _whole(row["target"])} for row in rows]}


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) < 10 else text


def _may_manage(actor: Actor) -> bool:
    return actor.role in PERMITTED["campaigns.manage"]


def _page_of(code: object) -> str:
    return "/campaigns/" + quote(str(code), safe="")

"""Campaigns as JSON: a page of them, one with its progress, planning one, accepting one."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import ActorDep, AsOfDep, PagingDep, Text, WorkspaceDep
from api.frames import JSON, to_json
from api.models import campaigns as models
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns.plan import make_plan
from gis.texts import N_, _

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

CampaignCode = Annotated[Text, Path(description=N_("Code of a campaign."))]
MeasureQuery = Annotated[models.Measure | None, Query(description=N_("Only targets of this measure."))]
AreaQuery = Annotated[Text | None, Query(description=N_("Only targets of this area and of those inside it."))]
CREATED: Final = 201


@router.get(
    "",
    summary=N_("Campaigns"),
    description=N_("Those with a target in an area that the account answers for, the latest launch first."),
    response_model=models.CampaignPage,
)
def list_campaigns(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, paging: PagingDep) -> Response:
    """A page of campaigns with their state on the day."""
    rows = campaigns.list_campaigns(workspace, actor, on=as_of.on)
    items = rows[paging.offset : paging.offset + paging.limit]
    body = {"total": len(rows), "limit": paging.limit, "offset": paging.offset, "items": items}
    return Response(to_json(body), media_type=JSON)


@router.post(
    "",
    summary=N_("Plan a campaign"),
    description=N_("Stored whole or not at all. Targets count sessions, inspections and what was put right."),
    response_model=models.CampaignSummary,
    status_code=CREATED,
)
def post_campaign(workspace: WorkspaceDep, actor: ActorDep, body: models.NewCampaign) -> Response:
    """Plans a campaign."""
    plan = make_plan(body.model_dump(), source=_("the request"))
    return Response(to_json(campaigns.create_campaign(workspace, actor, plan)), CREATED, media_type=JSON)


@router.get(
    "/{code}",
    summary=N_("One campaign with its progress"),
    description=N_("Every target that the account sees with what was reached of it, sums, and what is behind."),
    response_model=models.CampaignDetail,
)
def get_campaign(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    code: CampaignCode,
    *,
    measure: MeasureQuery = None,
    area: AreaQuery = None,
) -> Response:
    """One campaign on a day."""
    view = campaigns.get_campaign(workspace, actor, code, on=as_of.on, known=as_of.known, measure=measure, area=area)
    return Response(to_json(view.to_json()), media_type=JSON)


@router.post(
    "/{code}/acceptance",
    summary=N_("Accept a campaign"),
    description=N_("In its acceptance only; from then on its numbers are those known at that moment."),
    response_model=models.CampaignSummary,
    status_code=CREATED,
)
def post_acceptance(
    workspace: WorkspaceDep, actor: ActorDep, code: CampaignCode, body: models.NewAcceptance
) -> Response:
    """Accepts a campaign."""
    done = campaigns.accept_campaign(workspace, actor, code, remark=body.remark)
    return Response(to_json(done), CREATED, media_type=JSON)

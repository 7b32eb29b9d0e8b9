"""Who answers for a place, and where nobody does or two do."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import DAY, ActorDep, AsOfDep, Code, WithGeometry, WorkspaceDep, read_day
from api.frames import JSON, feature_collection, records, to_json
from api.models import register as models
from api.problems import invalid
from gis.services.areas import responsibility
from gis.texts import N_, _

router = APIRouter(prefix="/api", tags=["responsibility"])

FirstDay = Annotated[
    str | None,
    Query(alias="from", description=N_("First day of the timeline, YYYY-MM-DD; needs `to`."), json_schema_extra=DAY),
]
LastDay = Annotated[
    str | None,
    Query(alias="to", description=N_("Day after the last of the timeline; needs `from`."), json_schema_extra=DAY),
]


@router.get(
    "/who/{code}",
    summary=N_("Who answers for an area or a facility"),
    description=N_("The chain of officers, nearest first; a level where nobody answers has officer null."),
    response_model=models.Who,
)
def get_who(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: Code) -> Response:
    """The chain of officers of one code."""
    return Response(
        to_json(responsibility.who(workspace, actor, code, on=as_of.on, known=as_of.known)), media_type=JSON
    )


@router.get(
    "/gaps/responsibility",
    summary=N_("Where responsibility has gaps"),
    description=N_(
        "Areas without a primary officer or with two, holes, overlaps and outsides in square metres on the ellipsoid, "
        "orphaned facilities and the workload of each officer; with from and to also the timeline of every area."
    ),
    response_model=models.ResponsibilityGaps,
    response_model_exclude_unset=True,
)
def get_gaps(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    *,
    first: FirstDay = None,
    last: LastDay = None,
    geometry: WithGeometry = False,
) -> Response:
    """All gaps; the timeline and the shapes only when asked for."""
    start, end = read_day("from", first), read_day("to", last)
    if (start is None) != (end is None):
        raise invalid("from" if start is None else "to", _("Give both from and to, or neither."))
    if start and end and start >= end:
        raise invalid("to", _("The last day must be after the first."))
    report = responsibility.gaps(workspace, actor, on=as_of.on, known=as_of.known, start=start, end=end)
    if geometry:
        shapes = responsibility.fault_shapes(workspace, actor, on=as_of.on, known=as_of.known)
        report = {**report, "geometry": json.loads(feature_collection(shapes, records(shapes)))}
    return Response(to_json(report), media_type=JSON)

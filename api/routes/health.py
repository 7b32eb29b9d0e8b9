"""Whether the service can do its work, for whoever watches over it."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import WorkspaceDep
from api.frames import JSON, to_json
from api.models import register as models
from gis.errors import DatabaseUnreachable
from gis.services import health
from gis.texts import N_

router = APIRouter(tags=["health"])

UNREACHABLE = {"status": "unreachable", "database": None, "postgis": None, "schema": None}


@router.get(
    "/healthz",
    summary=N_("Whether the service can do its work"),
    description=N_("200 where the database answers and its tables are the ones this version needs, otherwise 503."),
    response_model=models.Health,
    responses={503: {"model": models.Health}},
)
def get_health(workspace: WorkspaceDep) -> Response:
    """200 or 503, always of the same shape."""
    try:
        found = health.check(workspace)
    except DatabaseUnreachable as error:
        found = {**UNREACHABLE, "error": "database-unreachable", "message": error.message, "details": error.details}
    return Response(to_json(found), 200 if found["status"] == "ok" else 503, media_type=JSON)

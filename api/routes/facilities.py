"""Facilities: a page of them, and one with its licences, equipment and operators."""

from typing import Annotated

import pandas as pd
import shapely
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import ActorDep, AsOfDep, BoxDep, Code, PagingDep, Search, Text, WithGeometry, WorkspaceDep
from api.frames import GEOJSON, JSON, boxes, feature_collection, records, to_json
from api.models import register as models
from gis.services.facilities import read as facilities
from gis.texts import N_

router = APIRouter(prefix="/api/facilities", tags=["facilities"])

FacilityKind = Annotated[Text | None, Query(description=N_("Only facilities of this kind."))]
InArea = Annotated[Text | None, Query(description=N_("Only facilities inside the area of this code."))]


@router.get(
    "",
    summary=N_("Facilities in force on a day"),
    description=N_("In the order of their code, a page at a time; with geometry=true as a GeoJSON FeatureCollection."),
    response_model=models.FacilityPage,
    responses={200: {"content": {GEOJSON: {}}}},
)
def list_facilities(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    paging: PagingDep,
    bbox: BoxDep,
    *,
    q: Search = None,
    kind: FacilityKind = None,
    area: InArea = None,
    geometry: WithGeometry = False,
) -> Response:
    """A page of facilities, plain or as GeoJSON."""
    page = facilities.list_facilities(
        workspace,
        actor,
        on=as_of.on,
        known=as_of.known,
        kind=kind,
        area=area,
        bbox=bbox,
        q=q,
        limit=paging.limit,
        offset=paging.offset,
    )
    items = facility_records(page.frame)
    numbers = {"total": page.total, "limit": page.limit, "offset": page.offset}
    if geometry:
        return Response(feature_collection(page.frame, items, **numbers), media_type=GEOJSON)
    return Response(to_json({**numbers, "items": items}), media_type=JSON)


@router.get(
    "/{code}",
    summary=N_("One facility"),
    description=N_("With the licences, equipment and operators that it holds on the day."),
    response_model=models.FacilityDetail,
)
def get_facility(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: Code) -> Response:
    """One facility with what it holds."""
    detail = facilities.get_facility(workspace, actor, code, on=as_of.on, known=as_of.known)
    body = {
        **facility_records(detail.facility)[0],
        "licences": records(detail.licences),
        "equipment": records(detail.equipment),
        "operators": records(detail.operators),
    }
    return Response(to_json(body), media_type=JSON)


def facility_records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """One dict a facility, with its longitude and latitude, and the box that is nothing but its point."""
    points = frame["geometry"].to_numpy()
    places = zip(shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), boxes(frame), strict=True)
    return [
        {**row, "lon": lon, "lat": lat, "bbox": box}
        for row, (lon, lat, box) in zip(records(frame), places, strict=True)
    ]

"""Areas: a page of them, one with its surroundings, and what became of a code."""

from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import ActorDep, AsOfDep, BoxDep, Code, PagingDep, Search, Text, WithGeometry, WorkspaceDep
from api.frames import GEOJSON, JSON, boxes, feature_collection, geometry, records, to_json
from api.models import register as models
from gis.services.areas import read as areas
from gis.texts import N_

router = APIRouter(prefix="/api/areas", tags=["areas"])

Level = Annotated[Text | None, Query(description=N_("Only areas of this level, such as village."))]
Parent = Annotated[Text | None, Query(description=N_("Only areas directly inside the area of this code."))]


@router.get(
    "",
    summary=N_("Areas in force on a day"),
    description=N_("In the order of their code, a page at a time; with geometry=true as a GeoJSON FeatureCollection."),
    response_model=models.AreaPage,
    responses={200: {"content": {GEOJSON: {}}}},
)
def list_areas(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    paging: PagingDep,
    bbox: BoxDep,
    *,
    q: Search = None,
    level: Level = None,
    parent: Parent = None,
    geometry: WithGeometry = False,
) -> Response:
    """A page of areas, plain or as GeoJSON."""
    page = areas.list_areas(
        workspace,
        actor,
        on=as_of.on,
        known=as_of.known,
        level=level,
        parent=parent,
        bbox=bbox,
        q=q,
        limit=paging.limit,
        offset=paging.offset,
    )
    items = area_records(page.frame)
    numbers = {"total": page.total, "limit": page.limit, "offset": page.offset}
    if geometry:
        return Response(feature_collection(page.frame, items, **numbers), media_type=GEOJSON)
    return Response(to_json({**numbers, "items": items}), media_type=JSON)


@router.get(
    "/{code}",
    summary=N_("One area"),
    description=N_("With the areas that contain it, those directly inside it, and its geometry."),
    response_model=models.AreaDetail,
)
def get_area(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: Code) -> Response:
    """One area with its surroundings."""
    detail = areas.get_area(workspace, actor, code, on=as_of.on, known=as_of.known)
    names = ["code", "name", "level"]
    body = {
        **area_records(detail.area)[0],
        "path": records(detail.path[names]),
        "children": records(detail.children[names]),
        "geometry": geometry(detail.area),
    }
    return Response(to_json(body), media_type=JSON)


@router.get(
    "/{code}/history",
    summary=N_("What became of an area"),
    description=N_("All versions of an area, of what it came from and of what it became."),
    response_model=models.AreaHistory,
)
def get_history(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: Code) -> Response:
    """All versions of an area and its relatives."""
    versions = areas.history(workspace, actor, code, known=as_of.known)
    return Response(to_json({"code": code, "versions": records(versions)}), media_type=JSON)


def area_records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """One dict an area, with its box."""
    return [{**row, "bbox": box} for row, box in zip(records(frame), boxes(frame), strict=True)]

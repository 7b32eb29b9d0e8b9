"""Mapbox vector tiles, answered with 304 where the reader already has them."""

from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from api.deps import ActorDep, AsOfDep, Text, WorkspaceDep
from api.problems import invalid
from gis.services.areas import tiles
from gis.texts import N_, _

router = APIRouter(prefix="/tiles", tags=["tiles"])

MVT = "application/vnd.mapbox-vector-tile"

Layer = Annotated[Text, Path(description=N_("A level of areas, such as grid, or facilities."))]
Zoom = Annotated[int, Path(ge=0, le=22, description=N_("Zoom, 0 is the whole world."))]
Column = Annotated[int, Path(ge=0, le=2**22 - 1, description=N_("Column from the west."))]
Row = Annotated[int, Path(ge=0, le=2**22 - 1, description=N_("Row from the north."))]
Held = Annotated[str | None, Header(alias="If-None-Match", description=N_("ETag of the tile that the reader has."))]


@router.get(
    "/{layer}/{z}/{x}/{y}",
    summary=N_("One vector tile"),
    description=N_("Web Mercator tile of one layer, named like the layer; 204 where nothing stands."),
    response_class=Response,
    responses={
        200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": N_("Nothing stands here.")},
        304: {"description": N_("The reader has it already.")},
    },
)
def get_tile(
    *,
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    layer: Layer,
    z: Zoom,
    x: Column,
    y: Row,
    held: Held = None,
) -> Response:
    """One tile, or that there is none, or that the reader has it."""
    for name, value in (("x", x), ("y", y)):
        if value >= 2**z:
            raise invalid(name, _("At zoom {z} write a number of at most {most}.", z=z, most=2**z - 1), where="path")
    mark = f'W/"{tiles.etag(workspace, actor, on=as_of.on, known=as_of.known)}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
    if held and mark in (part.strip() for part in held.split(",")):
        return Response(status_code=304, headers=headers)
    body = tiles.tile(workspace, actor, layer, z, x, y, on=as_of.on, known=as_of.known)
    return Response(body, 200 if body else 204, headers, media_type=MVT)

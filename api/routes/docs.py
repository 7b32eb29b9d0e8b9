"""The documentation of the API in the reader's language, with assets from this machine."""

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.frames import JSON, to_json
from api.pages import page, render
from api.routes.assets import asset_url
from gis.texts import N_, _, current_language

router = APIRouter(tags=["pages"])

TEXTS: Final = frozenset({"summary", "description"})
"""Keys of an OpenAPI document whose values people read."""

FRAMEWORK: Final = (N_("Successful Response"), N_("Service Unavailable"))
"""Texts that the framework puts into the document."""


@router.get(
    "/docs",
    summary=N_("This documentation as a page"),
    description=N_("Every address with its parameters and answers, to be tried out."),
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
)
def get_docs(request: Request) -> Response:
    """Swagger UI from this machine."""
    html = render(
        "docs.html",
        title=_("API documentation"),
        openapi=f"/openapi.json?lang={current_language()}",
        asset=asset_url,
    )
    return page(html, request)


@router.get(
    "/openapi.json",
    summary=N_("This documentation for programs"),
    description=N_("The OpenAPI document."),
    response_class=Response,
    responses={200: {"content": {JSON: {}}}},
)
def get_openapi(request: Request) -> Response:
    """The OpenAPI document in the current language."""
    return Response(to_json(translated(request.app.openapi())), media_type=JSON)


def translated(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """The same document with what people read in the current language."""
    if isinstance(node, dict):
        return {
            key: _(value) if key in TEXTS and isinstance(value, str) else translated(value)
            for key, value in node.items()
        }
    return [translated(part) for part in node] if isinstance(node, list) else node

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
    return Response(to_json(translated(with_error_shapes(request.app.openapi()))), media_type=JSON)


def with_error_shapes(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with both forms of an error on routes whose answer is no JSON: for programs, and as a page."""
    shapes = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}, "text/html": {"schema": {"type": "string"}}}
    paths = {
        path: {method: _with_shapes(operation, shapes) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    return {**document, "paths": paths}


def _with_shapes(operation: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    responses = {
        status: {**answer, "content": shapes} if status >= "4" and JSON not in answer.get("content", {}) else answer
        for status, answer in operation["responses"].items()
    }
    return {**operation, "responses": responses}


def translated(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """The same document with what people read in the current language."""
    if isinstance(node, dict):
        return {
            key: _(value) if key in TEXTS and isinstance(value, str) else translated(value)
            for key, value in node.items()
        }
    return [translated(part) for part in node] if isinstance(node, list) else node

"""From an exception to an answer: one table, one format.

Every error, whatever raised it, is answered as `{"error", "message", "details"}`: a short code for programs, one
sentence in the reader's language, and JSON-ready values. `STATUS` says for each class of `gis.errors` which HTTP
status and which code it gets; what is in no table is our bug, answered with 500 and without a word about our
insides. A person's browser that asked for a page gets the same three things as a page, and a phone its own document.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.edge import SECURITY_HEADERS, chosen_language
from api.frames import to_json
from api.openrosa.xml import fault, is_openrosa
from api.problems import problems_of
from api.shell import NOBODY, show
from gis.errors import (
    DatabaseUnreachable,
    DataRejected,
    FirewallRefused,
    NotAllowed,
    NotFound,
    SignInNeeded,
    TooMany,
    UsageError,
    WanggeError,
)
from gis.roles import PUBLIC
from gis.services import audit
from gis.texts import N_, _, use_language

STATUS: Final[Mapping[type[WanggeError], tuple[int, str]]] = MappingProxyType(
    {
        WanggeError: (500, "internal"),
        UsageError: (400, "bad-request"),
        NotFound: (404, "not-found"),
        DataRejected: (422, "data-rejected"),
        FirewallRefused: (422, "personal-data-refused"),
        NotAllowed: (403, "not-allowed"),
        SignInNeeded: (401, "sign-in-needed"),
        TooMany: (429, "too-many"),
        DatabaseUnreachable: (503, "database-unreachable"),
    }
)
"""Each class of error: the status and the code it is answered with."""

HTTP: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        404: ("not-found", N_("There is nothing at this address.")),
        405: ("method-not-allowed", N_("This address does not take that kind of request.")),
    }
)
"""What the router itself answers: status -> code and message."""

INVALID: Final = (422, "invalid-request")
INTERNAL: Final = (500, "internal")


def install(app: FastAPI) -> None:
    """Makes the application answer every exception in the one format."""
    app.add_exception_handler(WanggeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _routing)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: WanggeError) -> tuple[int, str]:
    """The row of the table for the nearest class that has one."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_body(code: str, message: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The one format."""
    return {"error": code, "message": message, "details": dict(details)}


def _known(request: Request, error: Exception) -> Response:
    """Refusals are written to the audit; a person who is not signed in is led to where that can be done."""
    assert isinstance(error, WanggeError)
    status, code = status_of(error)
    if isinstance(error, NotAllowed | NotFound):
        _write_down(request, error)
    if isinstance(error, SignInNeeded) and _wants_page(request) and request.method == "GET":
        return RedirectResponse("/login?" + urlencode({"next": _path_of(request)}), 303)
    headers = {"Retry-After": str(error.details["seconds"])} if "seconds" in error.details else None
    return _answer(request, status, error_body(code, error.message, error.details), headers=headers)


def _write_down(request: Request, error: WanggeError) -> None:
    """What the public looks for in vain is nobody's business; the rest is an attempt."""
    actor = getattr(request.state, "actor", PUBLIC)
    if actor.account is not None or isinstance(error, NotAllowed):
        audit.deny(
            request.app.state.workspace, actor, f"{request.method} {_route_of(request)}", request.url.path, error
        )


def _route_of(request: Request) -> str:
    """The pattern of the route, or the path where none fits."""
    return str(getattr(request.scope.get("route"), "path", request.url.path))


def _path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    status, code = INVALID
    problems = problems_of(error.errors())
    message = _("{name}: {problem}", name=problems[0]["name"], problem=problems[0]["message"])
    return _answer(request, status, error_body(code, message, {"problems": problems}))


def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message = HTTP.get(error.status_code, (f"http-{error.status_code}", error.detail))
    return _answer(request, error.status_code, error_body(code, _(message), {}), headers=error.headers)


def _unexpected(request: Request, _error: Exception) -> Response:
    """Runs outside all middleware, so it finds the language and sets the headers itself; the server logs the rest."""
    status, code = INTERNAL
    with use_language(chosen_language(request.scope, request.app.state.settings.lang or "zh")):
        message = _("Something went wrong on our side. It has been written to the log.")
        return _answer(request, status, error_body(code, message, {}), headers=SECURITY_HEADERS)


def _answer(
    request: Request, status: int, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
) -> Response:
    if is_openrosa(request.url.path):
        return fault(status, body, headers)
    if _wants_page(request):
        me = getattr(request.state, "signed_in", NOBODY)
        home = _("To the start page")
        page = show(
            request, "error.html", me=me, title=body["message"], status=status, code=status, body=body, home=home
        )
        for name, value in (headers or {}).items():
            page.headers.setdefault(name, value)
        return page
    return Response(to_json(body), status, headers, media_type="application/json")


def _wants_page(request: Request) -> bool:
    for_programs = request.url.path.startswith(("/api", "/tiles", "/healthz", "/assets", "/openapi.json"))
    return not for_programs and "text/html" in request.headers.get("accept", "")

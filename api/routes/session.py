"""Signing in, with a password or through the provider, and out."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import SignedInDep, Text, WorkspaceDep
from api.identity import COOKIE, check_change, check_same_site, forget_session, keep_session, origin_of
from api.limits import limits_of
from api.pages import SEE_OTHER
from api.shell import home_of, show
from gis.errors import SignInNeeded, TooMany, WanggeError
from gis.services.accounts import oidc, sessions
from gis.services.accounts.sessions import SignedIn
from gis.services.accounts.sign_in import sign_in
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(tags=["session"], default_response_class=HTMLResponse, include_in_schema=False)

HANDSHAKE: Final = "__Host-wangge-oidc"
"""Cookie of a browser that is with the provider."""


@router.get("/login", summary=N_("Sign in"))
def get_login(request: Request, me: SignedInDep, then: Annotated[str, Query(alias="next")] = "") -> Response:
    """The form."""
    return _form(request, me, then)


@router.post("/login", summary=N_("Sign in"))
def post_login(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    name: Annotated[Text, Form()],
    password: Annotated[str, Form(max_length=1000)],
    code: Annotated[str, Form(max_length=20)] = "",
    then: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Opens a session, or says that name, password or code is wrong."""
    check_same_site(request, workspace.settings.public_url)
    try:
        limits_of(request).spend_sign_in(request)
        token = sign_in(workspace, name, password, code=code, origin=origin_of(request))
    except (SignInNeeded, TooMany) as error:
        return _form(request, me, then, error=error)
    return _signed_in(request, workspace, me, token, then)


@router.get("/login/oidc", summary=N_("Sign in"))
def get_oidc(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, then: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """Sends the browser to the provider."""
    base = workspace.settings.public_url or str(request.base_url)
    try:
        limits_of(request).spend_sign_in(request)
        address, key = oidc.begin(
            workspace, redirect_uri=base.rstrip("/") + "/login/oidc/callback", then=_own_path(then)
        )
    except (SignInNeeded, TooMany) as error:
        return _form(request, me, then, error=error)
    answer = RedirectResponse(address, SEE_OTHER)
    answer.set_cookie(HANDSHAKE, key, max_age=oidc.HANDSHAKE_S, secure=True, httponly=True, samesite="lax", path="/")
    return answer


@router.get("/login/oidc/callback", summary=N_("Sign in"))
def get_oidc_callback(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    state: Annotated[str, Query(max_length=1000)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """The browser is back: opens a session for the account that is tied to the person."""
    try:
        token, then = oidc.finish(
            workspace, request.cookies.get(HANDSHAKE, ""), state=state, code=code, origin=origin_of(request)
        )
    except SignInNeeded as error:
        answer: Response = _form(request, me, "", error=error)
    else:
        answer = _signed_in(request, workspace, me, token, then)
    answer.delete_cookie(HANDSHAKE, secure=True, httponly=True, samesite="lax", path="/")
    return answer


@router.post("/logout", summary=N_("Sign out"))
async def post_logout(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """Ends the session."""
    await check_change(request, me)
    _close(request, workspace, me)
    answer = RedirectResponse("/", SEE_OTHER)
    forget_session(answer)
    return answer


def _signed_in(request: Request, workspace: Workspace, before: SignedIn, token: str, then: str) -> Response:
    """The new session in place of the one there was; off to where the person wanted to go."""
    _close(request, workspace, before)
    now = sessions.by_session(workspace, token, origin=origin_of(request))
    home = home_of(now.actor.role) if now else "/"
    answer = RedirectResponse("/account" if now and now.must_change else _own_path(then) or home, SEE_OTHER)
    keep_session(answer, token)
    return answer


def _close(request: Request, workspace: Workspace, me: SignedIn) -> None:
    token = request.cookies.get(COOKIE)
    if token and me.actor.account is not None:
        sessions.close_session(workspace, token, me.actor)


def _form(request: Request, me: SignedIn, then: str, *, error: WanggeError | None = None) -> HTMLResponse:
    seconds = error.details.get("seconds") if error else None
    answer = show(
        request,
        "login.html",
        me=me,
        title=_("Sign in"),
        status=200 if error is None else 429 if seconds else 401,
        problem=error.message if error else None,
        next=_own_path(then),
        oidc=oidc.is_set_up(request.app.state.settings),
        name_label=_("Name"),
        password_label=_("Password"),
        code_label=_("One-time code"),
        code_hint=_("Only if you have set up one-time codes."),
        oidc_label=_("Sign in through the provider"),
    )
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _own_path(path: str) -> str:
    """A path of this site, or nothing: an address elsewhere is never followed."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else ""

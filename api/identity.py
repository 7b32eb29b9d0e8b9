"""Who a request comes from, and whether it may change anything.

A browser brings a session in a cookie that only this host can set and no script can read; a program brings a token in
the header `Authorization: Bearer ...`. Without either it is the public that asks. A cookie travels with requests that
other sites cause, so whatever changes something over a session must also carry the session's secret.
"""

import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.limits import limits_of
from gis.errors import NotAllowed, SignInNeeded
from gis.roles import Actor
from gis.services.accounts import sessions
from gis.services.accounts.sessions import SignedIn
from gis.services.workspace import Workspace
from gis.texts import _

COOKIE: Final = "__Host-wangge"
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
BEFORE_CHANGE: Final = frozenset({"/account", "/account/password", "/account/sign-out", "/login", "/logout"})
"""Where somebody with a one-time password may go."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def authenticate(request: Request, workspace: Workspace) -> SignedIn:
    """The holder of the token or the session, else the public.

    Raises SignInNeeded for a token that does not hold, TooMany where the public asks too much. Who has a one-time
    password is led to where another is chosen.
    """
    origin = origin_of(request)
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        actor = sessions.by_token(workspace, token.strip(), origin=origin)
        if actor is None:
            limits_of(request).spend_public(request)
            raise SignInNeeded(_("This token is unknown, has expired or was revoked."))
        return SignedIn(actor, "")
    session = request.cookies.get(COOKIE)
    found = sessions.by_session(workspace, session, origin=origin) if session else None
    if found is None:
        if session:
            limits_of(request).spend_public(request)
        return SignedIn(Actor(role="public", name="public", origin=origin), "")
    if found.must_change and request.url.path not in BEFORE_CHANGE:
        raise HTTPException(303, headers={"Location": "/account"})
    return found


def spend_at_the_door(request: Request) -> None:
    """Counts a request that brings nothing to be signed in with. Raises TooMany."""
    if COOKIE not in request.cookies and "authorization" not in request.headers:
        limits_of(request).spend_public(request)


def check_same_site(request: Request, public_url: str | None) -> None:
    """Raises NotAllowed where another site made the browser send this: for forms that no session protects yet."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = {request.headers.get("host", ""), urlsplit(public_url or "").netloc} - {""}
    foreign = site not in ("same-origin", "none") if site else origin and urlsplit(origin).netloc not in own
    if foreign:
        raise NotAllowed(_("This page is out of date. Load it again and repeat."))


async def check_change(request: Request, found: SignedIn) -> None:
    """Raises NotAllowed where a request that changes something lacks the session's secret, or its token only reads."""
    if found.actor.read_only:
        raise NotAllowed(_("This token only reads."))
    if found.actor.account is None or not found.csrf:
        return
    sent = request.headers.get(CSRF_HEADER)
    if sent is None:
        form = await request.form()
        sent = str(form.get(CSRF_FIELD, ""))
    if not secrets.compare_digest(sent.encode(), found.csrf.encode()):
        raise NotAllowed(_("This page is out of date. Load it again and repeat."))


def origin_of(request: Request) -> str | None:
    """The network address that the request came from."""
    return request.client.host if request.client else None


def keep_session(answer: Response, token: str) -> None:
    """Gives the browser the session: for this host only, over a safe connection only, out of reach of scripts."""
    answer.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")


def forget_session(answer: Response) -> None:
    """Takes the session from the browser."""
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")

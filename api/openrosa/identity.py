"""Who sends a request to the addresses for phones: a name and a password with each request (HTTP Basic).

No cookie is looked at, so no other site can make a browser send anything here. A password is taken over TLS only, or
from this machine, where the proxy that speaks TLS stands.

Source: docs.getodk.org/openrosa-authentication; Basic as in RFC 7617.
"""

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated, Final

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.deps import WorkspaceDep
from api.identity import COOKIE, origin_of
from api.limits import limits_of
from gis.errors import NotAllowed, SignInNeeded
from gis.roles import Actor, permit
from gis.services.accounts.basic import by_password
from gis.texts import _

CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="wangge", charset="UTF-8"'}
LONGEST: Final = 4000
"""Characters of the header."""


def _phone(request: Request, workspace: WorkspaceDep) -> Actor:
    """An account of somebody who inspects. Raises HTTPException 401, NotAllowed, TooMany."""
    if request.url.scheme != "https" and not _is_here(request):
        limits_of(request).spend_public(request)
        raise NotAllowed(_("A password is taken over TLS only: use an address that begins with https."))
    given = _credentials(request.headers.get("authorization", ""))
    if given is None:
        if COOKIE in request.cookies or "authorization" in request.headers:  # the others were counted at the door
            limits_of(request).spend_public(request)
        raise _challenge(_("Sign in with the name and password of your account."))
    limits = limits_of(request)
    checked = False

    def count() -> None:
        nonlocal checked
        limits.spend_sign_in(request)
        checked = True

    name, password = given
    try:
        actor = by_password(
            workspace, request.app.state.proofs, name, password, origin=origin_of(request), before_check=count
        )
    except SignInNeeded as error:
        raise _challenge(
            error.message + " " + _("With one-time codes, use an API token for changing as the password.")
        ) from error
    if checked:
        limits.give_back_sign_in(request)
    request.state.actor = actor
    permit(actor, "inspections.record")
    return actor


PhoneDep = Annotated[Actor, Depends(_phone)]


def _credentials(header: str) -> tuple[str, str] | None:
    """Name and password of the header; None where there are none."""
    scheme, _space, packed = header.partition(" ")
    if scheme.lower() != "basic" or len(header) > LONGEST:
        return None
    try:
        text = base64.b64decode(packed.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon and "\0" not in name else None


def _challenge(text: str) -> HTTPException:
    return HTTPException(401, text, CHALLENGE)


def _is_here(request: Request) -> bool:
    """Whether the connection comes from this machine; what is no network address is a socket of this machine."""
    try:
        return ip_address(request.client.host).is_loopback if request.client else True
    except ValueError:
        return True

"""Signing in through an OpenID Connect provider: authorization code with PKCE, state and nonce.

Between the two halves this process remembers, for ten minutes, what belongs to the browser that went to the provider;
each **handshake** is used once. The provider only says who somebody is: an account is tied to issuer and subject by an
admin, and a subject without an account is refused.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gis.errors import NotFound, SignInNeeded
from gis.roles import Actor
from gis.services import audit
from gis.services.accounts import sessions
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store import accounts
from gis.texts import _

WAIT_S: Final = 10.0
"""Seconds that the provider may take for an answer."""
LEEWAY_S: Final = 60
"""Seconds by which the provider's clock may differ from ours."""
HANDSHAKE_S: Final = 600
HANDSHAKES_KEPT: Final = 1000
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_Broken = (httpx2.HTTPError, OAuthError, JoseError, ValueError, KeyError, TypeError)
"""What a provider that is away, refuses, or answers with nonsense makes of a call."""


@dataclass(frozen=True)
class Handshake:
    """What is remembered while the browser is with the provider; `begun` is in monotonic seconds."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    then: str
    begun: float


class Handshakes:
    """Handshakes under way, by the key in the browser's cookie; bounded, and each is taken once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, Handshake] = OrderedDict()

    def keep(self, handshake: Handshake) -> str:
        """The key under which it is kept."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._kept[key] = handshake
            while len(self._kept) > HANDSHAKES_KEPT:
                self._kept.popitem(last=False)
        return key

    def take(self, key: str) -> Handshake | None:
        """The handshake, which is forgotten with this; None for an unknown or an old one."""
        with self._lock:
            found = self._kept.pop(key, None)
        return found if found and time.monotonic() - found.begun <= HANDSHAKE_S else None


_HANDSHAKES: Final = Handshakes()


def is_set_up(settings: Settings) -> bool:
    """Whether there is a provider to sign in through, at an address that may be trusted."""
    return bool(settings.oidc_issuer and settings.oidc_client_id and is_safe(settings.oidc_issuer))


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or change what is said: https, or this machine itself.

    >>> [is_safe(a) for a in ("https://id.example", "http://127.0.0.1:9", "http://id.example", "http://localhost.evil")]
    [True, True, False, False]
    """
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False


def begin(workspace: Workspace, *, redirect_uri: str, then: str) -> tuple[str, str]:
    """The provider's address to send the browser to, and the key that the browser keeps. Raises SignInNeeded."""
    _require_set_up(workspace)
    handshake = _new_handshake(redirect_uri, then)
    try:
        with _client(workspace.settings) as client:
            metadata = _discover(client, workspace.settings)
            address, _state = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=handshake.state,
                nonce=handshake.nonce,
                code_verifier=handshake.verifier,
                redirect_uri=redirect_uri,
            )
    except _Broken as error:
        raise SignInNeeded(_("The sign-in provider does not answer as it should.")) from error
    return str(address), _HANDSHAKES.keep(handshake)


def finish(workspace: Workspace, key: str, *, state: str, code: str, origin: str | None) -> tuple[str, str]:
    """The token of a new session, and the path where the person wanted to go. Raises SignInNeeded, audited."""
    _require_set_up(workspace)
    handshake = _HANDSHAKES.take(key)
    if handshake is None or not secrets.compare_digest(state.encode(), handshake.state.encode()):
        _refuse(workspace, "state", origin)
        raise SignInNeeded(_("This sign-in was begun elsewhere or too long ago. Begin again."))
    try:
        subject = _subject(workspace.settings, handshake, code)
    except _Broken as error:
        _refuse(workspace, type(error).__name__, origin)
        raise SignInNeeded(_("The provider's answer does not hold. Begin again.")) from error
    return _open(workspace, subject, origin), handshake.then


def _new_handshake(redirect_uri: str, then: str) -> Handshake:
    state, nonce, verifier = (secrets.token_urlsafe(48) for _part in range(3))
    return Handshake(state, nonce, verifier, redirect_uri, then, time.monotonic())


def _require_set_up(workspace: Workspace) -> None:
    if not is_set_up(workspace.settings):
        raise NotFound(_("There is nothing at this address."))


def _client(settings: Settings) -> Any:  # noqa: ANN401 - authlib has no types
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
    return OAuth2Client(
        settings.oidc_client_id,
        secret,
        scope="openid",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        timeout=WAIT_S,
        trust_env=False,
    )


def _discover(client: Any, settings: Settings) -> Mapping[str, Any]:  # noqa: ANN401
    """What the provider says of itself. Raises ValueError unless it is the issuer and its addresses are safe."""
    issuer = str(settings.oidc_issuer)
    metadata = _get(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
    if metadata["issuer"] != issuer or not all(is_safe(str(metadata[name])) for name in NEEDED):
        raise ValueError(issuer)
    return metadata


def _get(client: Any, address: str) -> Mapping[str, Any]:  # noqa: ANN401
    answer = client.request("GET", address, withhold_token=True).raise_for_status().json()
    if not isinstance(answer, dict):
        raise TypeError(address)
    return answer


def _subject(settings: Settings, handshake: Handshake, code: str) -> str:
    """Whom the provider vouches for: the code is exchanged, and signature and claims of the ID token are checked."""
    with _client(settings) as client:
        metadata = _discover(client, settings)
        answer = client.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            redirect_uri=handshake.redirect_uri,
            code_verifier=handshake.verifier,
        )
        keys = KeySet.import_key_set(dict(_get(client, metadata["jwks_uri"])))  # type: ignore[arg-type]
    token = jwt.decode(answer["id_token"], keys, algorithms=ALGORITHMS)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": settings.oidc_issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
            "sub": {"essential": True},
        },
        {"nonce": handshake.nonce, "client_id": settings.oidc_client_id, "access_token": answer.get("access_token")},
    )
    claims.validate(leeway=LEEWAY_S)
    return str(claims["sub"])


def _open(workspace: Workspace, subject: str, origin: str | None) -> str:
    with workspace.owner_transaction() as connection:
        account = accounts.find_subject(connection, str(workspace.settings.oidc_issuer), subject)
        if account is not None and account.disabled is None:
            token = sessions.open_session(connection, account)
            details = {"issuer": account.issuer}
            audit.record(
                connection, sessions.to_actor(account, origin=origin), "session.open", account.name, details=details
            )
            return token
    _refuse(workspace, "subject", origin)
    raise SignInNeeded(
        _(
            "The provider knows you, but no account here is tied to you. Ask an admin to tie subject {subject}.",
            subject=subject,
        )
    )


def _refuse(workspace: Workspace, why: str, origin: str | None) -> None:
    who = Actor(role="public", name="public", origin=origin)
    with workspace.owner_transaction() as connection:
        audit.record(connection, who, "session.open", "oidc", outcome="denied", details={"why": why})

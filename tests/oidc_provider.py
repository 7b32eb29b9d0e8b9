"""A small OpenID Connect provider for tests: discovery, authorization code with PKCE, RS256 ID tokens, JWKS, userinfo.

It approves everybody at once. `POST /control` says who comes next (`sub`) and which fault the next ID token has. Run it
with uvicorn; its address is in the variable OIDC_ISSUER.
"""

import hashlib
import os
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import unquote, urlencode

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET, OTHER = "wangge-test", "a secret of the tests", "another-client"

issuer = os.environ.get("OIDC_ISSUER", "http://127.0.0.1:0")
key, foreign_key = (RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}) for _key in range(2))
codes: dict[str, dict[str, str]] = {}
access: dict[str, str] = {}
next_one = {"sub": "anna", "fault": ""}
app = FastAPI()


@app.get("/.well-known/openid-configuration")
def discovery() -> dict[str, Any]:
    """What the provider says of itself."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


@app.post("/control")
async def control(request: Request) -> dict[str, str]:
    """Who signs in next, and what is wrong with the token."""
    next_one.update(await request.json())
    return next_one


@app.get("/authorize")
def authorize(request: Request) -> Response:
    """Approves, and sends the browser back with a code."""
    asked = dict(request.query_params)
    if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256" or "nonce" not in asked:
        return JSONResponse({"error": "invalid_request"}, 400)
    code = secrets.token_urlsafe(16)
    codes[code] = {**asked, **next_one}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)


@app.post("/token")
async def token(request: Request) -> Response:
    """Exchanges a code, once, for who knows the client's secret and the verifier."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    name, _colon, secret = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
    grant = codes.pop(form.get("code", ""), None)
    if (name, unquote(secret)) != (CLIENT, SECRET):
        return JSONResponse({"error": "invalid_client"}, 401)
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if (
        grant is None
        or urlsafe_b64encode(digest).decode().rstrip("=") != grant["code_challenge"]
        or form.get("redirect_uri") != grant["redirect_uri"]
    ):
        return JSONResponse({"error": "invalid_grant"}, 400)
    opened = secrets.token_urlsafe(16)
    access[opened] = grant["sub"]
    return JSONResponse(
        {"access_token": opened, "token_type": "Bearer", "expires_in": 60, "id_token": make_id_token(grant)}
    )


@app.get("/jwks")
def jwks() -> dict[str, Any]:
    """The public key."""
    return dict(KeySet([key]).as_dict(private=False))


@app.get("/userinfo")
def userinfo(request: Request) -> Response:
    """Who holds an access token."""
    sub = access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
    return JSONResponse({"sub": sub}) if sub else JSONResponse({"error": "invalid_token"}, 401)


def make_id_token(grant: dict[str, str]) -> str:
    """The ID token of a grant, with the fault that was ordered."""
    fault, now = grant["fault"], int(time.time())
    claims: dict[str, Any] = {
        "iss": "http://127.0.0.1:1" if fault == "issuer" else issuer,
        "sub": grant["sub"],
        "aud": OTHER if fault == "audience" else CLIENT,
        "iat": now - 7200 if fault == "expired" else now,
        "exp": now - 3600 if fault == "expired" else now + 300,
        "nonce": "another" if fault == "nonce" else grant["nonce"],
    }
    if fault == "no-nonce":
        del claims["nonce"]
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, foreign_key if fault == "signature" else key)

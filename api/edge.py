"""What happens to every request on its way in and out, as plain ASGI: the language and the security headers.

The language is the `lang` parameter, else the cookie of that name, else the setting. It is set as a context
variable around the whole request; worker threads are started with a copy of the context, so it holds there too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.openrosa.xml import is_openrosa
from gis.services.scope import asked_once
from gis.texts import LOCALES, Language, use_language

LANGUAGE: Final = "lang"
"""Name of the parameter and of the cookie that choose the language."""

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }
)
"""Sent with every answer unless the route chose otherwise."""


def chosen_language(scope: Scope, default: Language) -> Language:
    """The language that a request asks for; what is no language of ours is passed over.

    A phone says with each request which ones its owner reads.
    """
    headers = Headers(scope=scope)
    asked = [parse_qs(scope["query_string"].decode("latin-1")).get(LANGUAGE, [""])[-1]]
    if is_openrosa(scope["path"]):
        asked += [name.strip()[:2].lower() for name in headers.get("accept-language", "").split(",")]
    else:
        asked.append(cookie_parser(headers.get("cookie", "")).get(LANGUAGE, ""))
    return next((cast("Language", name) for name in asked if name in LOCALES), default)


class LanguageMiddleware:
    """Sets the language of the texts for the length of a request, and names it in the answer."""

    def __init__(self, app: ASGIApp, *, default: Language) -> None:
        self.app = app
        self.default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on inside its language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        language = chosen_language(scope, self.default)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Language", LOCALES[language].replace("_", "-"))
            await send(message)

        with use_language(language):
            await self.app(scope, receive, send_named)


class AskOnceMiddleware:
    """Lets a request that changes nothing look up once how its actor stands, however many services ask."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on inside a memory of its own."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            with asked_once():
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class SecurityMiddleware:
    """Adds `SECURITY_HEADERS` where the route has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and completes the headers of the answer."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_secured if scope["type"] == "http" else send)

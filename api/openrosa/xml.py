"""The documents of OpenRosa, and the headers that each of its answers has.

Sources: docs.getodk.org/openrosa-http (headers, OpenRosaResponse), openrosa-form-list (form list, manifest) and
openrosa-form-submission (X-OpenRosa-Accept-Content-Length). The header Date is the server's.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.services.inspections.openrosa_forms import Form, md5_of

PREFIX: Final = "/openrosa"
XML: Final = "text/xml; charset=utf-8"
POST_BYTES: Final = 10_000_000
"""What one request should hold; a phone sends more in several."""
HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"X-OpenRosa-Version": "1.0", "X-OpenRosa-Accept-Content-Length": str(POST_BYTES)}
)
STATUS: Final[Mapping[int, int]] = MappingProxyType({422: 400})
"""Statuses that OpenRosa has no meaning for, and what is said instead."""

_LIST: Final = "http://openrosa.org/xforms/xformsList"
_MANIFEST: Final = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE: Final = "http://openrosa.org/http/response"
_METADATA: Final = "http://www.opendatakit.org/xforms"
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 may hold, however it is written."""


def is_openrosa(path: str) -> bool:
    """Whether an address is one of those for phones."""
    return path == PREFIX or path.startswith(PREFIX + "/")


class OpenRosaMiddleware:
    """Adds `HEADERS` to every answer below `PREFIX`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and completes the headers of the answer."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        ours = scope["type"] == "http" and is_openrosa(scope["path"])
        await self.app(scope, receive, send_marked if ours else send)


def form_list(forms: Iterable[Form], base: str, *, verbose: bool) -> Response:
    """The form list; `base` is the address of the server for phones."""
    root = Element("xforms", xmlns=_LIST)
    for form in forms:
        address = f"{base}/forms/{form.checklist.code}/{form.checklist.version}"
        parts = {
            "formID": form.checklist.code,
            "name": form.title,
            "version": form.checklist.version,
            "hash": f"md5:{form.md5}",
            **({"descriptionText": "、".join(form.checklist.kinds)} if verbose else {}),
            "downloadUrl": f"{address}.xml",
            "manifestUrl": f"{address}/manifest",
        }
        _fill(SubElement(root, "xform"), parts)
    return _document(root)


def manifest(files: Mapping[str, bytes], base: str) -> Response:
    """The manifest of a form; `base` is the address of the form."""
    root = Element("manifest", xmlns=_MANIFEST)
    for name, content in files.items():
        parts = {"filename": name, "hash": f"md5:{md5_of(content)}", "downloadUrl": f"{base}/{name}"}
        _fill(SubElement(root, "mediaFile"), parts)
    return _document(root)


def said(
    status: int,
    text: str,
    *,
    nature: str | None = None,
    metadata: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An OpenRosaResponse: a message for the person, and what the server knows of the submission."""
    root = Element("OpenRosaResponse", xmlns=_RESPONSE)
    SubElement(root, "message", {"nature": nature} if nature else {}).text = _fit(text)
    if metadata is not None:
        SubElement(root, "submissionMetadata", {"xmlns": _METADATA, **metadata})
    return _document(root, status, headers)


def fault(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None) -> Response:
    """An error: 409 where the number of the record is taken, 400 for what cannot be taken as it is."""
    code = 409 if body["details"].get("taken") else STATUS.get(status, status)
    return said(code, str(body["message"]), nature=str(body["error"]), headers={**(headers or {}), **HEADERS})


def base_of(request: Request, public_url: str | None) -> str:
    """The address that phones know: the public one where the request was sent to it, else the request's own."""
    own = str(request.base_url).rstrip("/")
    public = (public_url or own).rstrip("/")
    return (public if public.split("//")[-1] == request.url.netloc else own) + PREFIX


def _fill(element: Element, parts: Mapping[str, str]) -> None:
    for name, text in parts.items():
        SubElement(element, name).text = _fit(text)


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)


def _document(root: Element, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, status, dict(headers or {}), media_type=XML)

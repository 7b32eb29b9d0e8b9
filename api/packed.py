"""Pages that are the same for all who may see the same: packed once, kept as gzip, not sent again to who has them."""

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.pages import page
from gis.roles import Actor
from gis.services.scope import standing
from gis.services.workspace import Workspace
from gis.texts import current_language

LEVEL: Final = 6


@dataclass(frozen=True)
class Packed:
    """One page as gzip, and the mark of its content."""

    content: bytes
    etag: str


def kept_page(
    request: Request,
    workspace: Workspace,
    actor: Actor,
    key: Hashable,
    draw: Callable[[], str],
    *,
    csp: str,
    events: bool = False,
) -> Response:
    """The page that `draw` gives, drawn once for all who stand alike, for one key and language; 304 for who has it.

    Without `events` it is drawn of the register alone: outreach and inspections have no part in it. The key says all
    else that the page depends on; nothing in it may be of one account alone. The caller has asked `permit` already.
    """
    stand = standing(workspace, actor)
    whole = (*(stand.key if events else stand.register_key), "page", key, current_language())
    packed = workspace.remember(whole, lambda: _pack(draw()))
    headers = {"ETag": packed.etag, "Vary": "Cookie, Accept-Encoding"}
    held = request.headers.get("if-none-match", "")
    if packed.etag in (part.strip() for part in held.split(",")):
        return Response(status_code=304, headers=headers | {"Content-Security-Policy": csp})
    answer = page("", request, csp=csp)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        answer.body = packed.content
    else:
        answer.body = gzip.decompress(packed.content)
    answer.headers.update(headers | {"Content-Length": str(len(answer.body))})
    return answer


def _pack(html: str) -> Packed:
    raw = html.encode()
    return Packed(gzip.compress(raw, LEVEL, mtime=0), f'W/"{hashlib.sha256(raw).hexdigest()[:32]}"')

"""Files for the browser, all from this machine: the web assets of `maps.assets`, and the few of our own.

Only listed files are served. A name carries a mark of the content (`<name>.<hash>.<ending>`), so that a browser may
keep a file for good: what changes gets another name.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.pages import STATIC
from gis.errors import NotFound
from gis.texts import N_, _
from maps.assets import Asset, load, served

router = APIRouter(prefix="/assets", tags=["pages"])

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get(
    "/{name}",
    summary=N_("A file for the browser"),
    description=N_("Scripts, styles and pictures that the pages load; each may be kept for good."),
    response_class=Response,
)
def get_asset(
    name: Annotated[str, Path(description=N_("Name of the file, with the mark of its content."))],
) -> Response:
    """One listed file; nothing else on the disk can be named."""
    asset = _ours_by_name().get(name) or served(name)
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    return Response(asset.content, media_type=asset.media_type, headers=FOR_GOOD)


def asset_url(path: str) -> str:
    """The address of a file of `api/static`, or of an asset path of `maps.assets`."""
    return (_ours().get(path) or load(path)).url


@cache
def _ours() -> Mapping[str, Asset]:
    return MappingProxyType(
        {file.name: _asset(file.name, file.read_bytes()) for file in STATIC.iterdir() if file.is_file()}
    )


@cache
def _ours_by_name() -> Mapping[str, Asset]:
    return MappingProxyType({asset.name: asset for asset in _ours().values()})


def _asset(path: str, content: bytes) -> Asset:
    stem, _dot, ending = path.rpartition(".")
    name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
    return Asset(path, name, mimetypes.guess_type(path)[0] or "application/octet-stream", content)

"""Forms that bring files: how much of them is taken in, and what a session is called where its files wait."""

import hashlib
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from api.identity import check_change
from gis.errors import DataRejected, NotAllowed
from gis.services.accounts.sessions import SignedIn
from gis.services.imports.uploads import MOST_FILES
from gis.texts import _

MOST_FIELDS: Final = 12
MOST_FIELD_BYTES: Final = 4096
_OVERHEAD: Final = 1 << 16
"""Bytes of a form beside its files."""


async def read_upload(request: Request, me: SignedIn, *, most_mb: int) -> FormData:
    """The form of a request that brings files; the files are spooled to disk as they come.

    Raises DataRejected as soon as the body is larger than `most_mb`, NotAllowed where the session's secret is missing.
    """
    limit = BodyLimit(request, most_mb)
    limited = Request(request.scope, limit)
    try:
        form = await limited.form(max_files=MOST_FILES + 1, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    except HTTPException as error:
        raise limit.refusal() if limit.exceeded else error from error
    try:
        await check_change(limited, me)
    except NotAllowed:
        await form.close()
        raise
    return form


def owner_of(me: SignedIn) -> str:
    """What a session is called in the folder of its upload: nothing that would open the session."""
    return hashlib.sha256(f"{me.actor.account}:{me.csrf}".encode()).hexdigest()


class BodyLimit:
    """Receives a request's body as it comes, and no more of it than allowed."""

    def __init__(self, request: Request, most_mb: int) -> None:
        self._receive = request.receive
        self._most_mb = most_mb
        self._left = (most_mb << 20) + _OVERHEAD
        stated = request.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > self._left:
            raise self.refusal()

    @property
    def exceeded(self) -> bool:
        """Whether more came than is allowed."""
        return self._left < 0

    async def __call__(self) -> Message:
        """The next part of the body. Raises what makes the parser of forms close its files."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self.exceeded:
            raise MultiPartException("too large")
        return message

    def refusal(self) -> DataRejected:
        """What the sender is told."""
        return DataRejected(_("The files are larger than {size} MB together. Split them.", size=self._most_mb))

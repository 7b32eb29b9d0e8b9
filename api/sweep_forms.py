"""What the forms of sweeps bring: texts, whole numbers and files."""

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.deps import SignedInDep
from api.words.sweeps import WHOLE
from gis.errors import DataRejected
from gis.roles import permit
from gis.texts import _

LARGEST: Final = 8_000_000
"""Bytes of a file of a form."""
MOST_FIELDS: Final = 50
LONGEST: Final = 2000
"""Characters of a text that are looked at."""


async def _read_large(request: Request, me: SignedInDep) -> AsyncIterator[FormData]:
    permit(me.actor, "sweeps.publish")
    async with request.form(max_fields=MOST_FIELDS, max_part_size=LARGEST) as form:
        yield form


LargeFormDep = Annotated[FormData, Depends(_read_large)]
"""A form of a leader with fields as large as files; asked for before the actor, for whom it is read as a small one."""


def read_whole(form: FormData, name: str) -> int:
    """A number of at most nine digits. Raises DataRejected."""
    text = read_text(form, name)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise DataRejected(_("{name}: write a whole number.", name=_(WHOLE[name])))
    return int(text)


def read_file(form: FormData, name: str) -> tuple[bytes, str]:
    """Content and name of a file of the form; nothing where none was chosen. Raises DataRejected for a large one."""
    file = form.get(name)
    if not isinstance(file, UploadFile):
        return b"", ""
    file.file.seek(0)
    content = file.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataRejected(_("{file} is too large.", file=(file.filename or "")[:100]))
    return content, file.filename or ""


def keep_file(form: FormData, name: str) -> bytes:
    """The same for a page that keeps the file; nothing where it is too large, which is said where it is read."""
    try:
        return read_file(form, name)[0]
    except DataRejected:
        return b""


def read_long(form: FormData, name: str) -> str:
    """A text as long as a file may be, as it was sent."""
    value = form.get(name, "")
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""


def read_kept(form: FormData, name: str) -> bytes:
    """A file that a page keeps in a hidden field, in base64. Raises DataRejected for anything else."""
    try:
        return b64decode(read_long(form, name), validate=True)
    except ValueError:
        raise DataRejected(_("This page is out of date. Load it again and repeat.")) from None


def read_text(form: FormData, name: str) -> str:
    """A text without its blanks around it; empty where there is none."""
    return str(form.get(name, "")).replace("\0", "\ufffd").strip()[:LONGEST]

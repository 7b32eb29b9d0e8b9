"""What the forms of sweeps bring: texts, whole numbers and files."""

from typing import Final

from starlette.datastructures import FormData, UploadFile

from api.words.sweeps import WHOLE
from gis.errors import DataRejected
from gis.texts import _

LARGEST: Final = 8_000_000
"""Bytes of a file of a form."""
LONGEST: Final = 2000
"""Characters of a text that are looked at."""


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
    content = file.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataRejected(_("{file} is too large.", file=(file.filename or "")[:100]))
    return content, file.filename or ""


def read_text(form: FormData, name: str) -> str:
    """A text without its blanks around it; empty where there is none."""
    return str(form.get(name, "")).replace("\0", "\ufffd").strip()[:LONGEST]

"""Photos that are on their way: pieces of a file that come one after the other, while their record is not yet sent.

A connection in the field breaks. Whoever sends a photo asks how much of it has arrived and goes on from there; a piece
is on disk before it is acknowledged. The files belong to the account that sends them and to the number of a record;
they are deleted once the record is stored, and after a month at the latest.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from gis.errors import DataRejected
from gis.intake.photos import MOST_BYTES
from gis.roles import Actor, permit
from gis.services.numbers import read_number
from gis.settings import Settings
from gis.texts import _

FOLDER: Final = "photos"
LONGEST: Final = 30 * 86_400
"""Seconds that pieces wait."""
MOST_PHOTOS: Final = 60
"""Of one record."""
MOST_WAITING: Final = 2 * 2**30
"""Bytes of one account."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def arrived(settings: Settings, actor: Actor, record: str, name: str) -> int:
    """How many bytes of a photo are on disk."""
    permit(actor, "inspections.record")
    file = _file(settings, actor, record, name)
    return _size(file)


def append(settings: Settings, actor: Actor, record: str, name: str, *, offset: int, piece: bytes) -> int:
    """Adds a piece at the end of a photo and returns how much is on disk then.

    Raises DataRejected where the piece does not begin where the file ends (`details["offset"]` says where that is), or
    where there is too much.
    """
    permit(actor, "inspections.record")
    file = _file(settings, actor, record, name)
    have = _size(file)
    if offset != have:
        raise DataRejected(
            _("{have} bytes of {name} have arrived. Go on from there.", have=have, name=name), details={"offset": have}
        )
    if have + len(piece) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise DataRejected(_("{name} is larger than {most} MB. Take a smaller photo.", name=name, most=most))
    if have == 0:
        _make_room(settings, actor, file.parent)
    with _opened(file) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        if os.fstat(opened.fileno()).st_size != have:
            return append(settings, actor, record, name, offset=offset, piece=piece)
        opened.write(piece)
        opened.flush()
        os.fsync(opened.fileno())
    return have + len(piece)


def put(settings: Settings, actor: Actor, record: str, name: str, content: bytes) -> None:
    """A whole photo at once, in place of what there was of it. Raises DataRejected where it is too much."""
    permit(actor, "inspections.record")
    file = _file(settings, actor, record, name)
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise DataRejected(_("{name} is larger than {most} MB. Take a smaller photo.", name=name, most=most))
    if not file.exists():
        _make_room(settings, actor, file.parent)
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(opened.name).replace(file)
    except FileNotFoundError:
        raise _stored_meanwhile(name) from None


def take(settings: Settings, actor: Actor, record: str, names: set[str]) -> dict[str, bytes]:
    """Name -> content of those of these photos that have arrived."""
    files = {name: _file(settings, actor, record, name) for name in names}
    found = {name: _content(file) for name, file in files.items()}
    return {name: content for name, content in found.items() if content is not None}


def forget(settings: Settings, actor: Actor, record: str) -> None:
    """Deletes what waits for a record."""
    shutil.rmtree(_folder(settings, actor) / read_number(record), ignore_errors=True)


def _make_room(settings: Settings, actor: Actor, folder: Path) -> None:
    own = _folder(settings, actor)
    own.mkdir(parents=True, exist_ok=True)
    for old in list(own.iterdir()):
        if old != folder and 0 < _changed(old) < time.time() - LONGEST:
            shutil.rmtree(old, ignore_errors=True)
    # Other requests of the account come and go meanwhile: what is gone since it was listed counts as nothing.
    if sum(_size(Path(top) / name) for top, _folders, names in os.walk(own) for name in names) > MOST_WAITING:
        raise DataRejected(_("Too many photos wait for their records. Send the records first."))
    with suppress(FileExistsError):
        folder.mkdir()
    if sum(not name.startswith(".") for _top, _folders, names in os.walk(folder) for name in names) >= MOST_PHOTOS:
        raise DataRejected(_("A record has at most {most} photos.", most=MOST_PHOTOS))


def _size(file: Path) -> int:
    """Bytes on disk; none where there is no such file."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _changed(folder: Path) -> float:
    """Seconds since 1970; 0 where there is no such folder."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _opened(file: Path) -> BinaryIO:
    """Opened to add to it. Raises DataRejected where its folder went away with the record."""
    try:
        return file.open("ab")
    except FileNotFoundError:
        raise _stored_meanwhile(file.name) from None


def _stored_meanwhile(name: str) -> DataRejected:
    return DataRejected(_("The record of {name} was stored meanwhile. Send it again.", name=name))


def _folder(settings: Settings, actor: Actor) -> Path:
    owner = hashlib.sha256(f"{actor.account}:{actor.name}".encode()).hexdigest()[:32]
    return settings.home / FOLDER / owner


def _file(settings: Settings, actor: Actor, record: str, name: str) -> Path:
    number = read_number(record)
    if not _NAME.fullmatch(name):
        raise DataRejected(_("{name} cannot be the name of a photo.", name=name[:100]))
    return _folder(settings, actor) / number / name

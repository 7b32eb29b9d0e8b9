"""Zip archives (XLSX, KMZ, zipped shapefiles), opened only when they are no bomb.

Before anything is unpacked the table of contents is read: the number of members, their declared sizes and how much
smaller they are packed. A declaration may lie, so what really comes out is counted again while it is read. No member
is followed into another archive, none is written anywhere.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from zlib import error as ZlibError  # noqa: N812 (a class with a small first letter)

from gis.intake.readers.channel import N_, Refused

MOST_MEMBERS: Final = 2000
MOST_BYTES: Final = 600 * 2**20
"""Unpacked size of a whole archive."""
MOST_TIMES: Final = 150
"""How many times its packed size an archive may unpack to; small members are not judged."""
_SMALL: Final = 10 * 2**20

_CHUNK: Final = 2**16


@contextmanager
def open_archive(path: str) -> Iterator[zipfile.ZipFile]:
    """The archive, its table of contents checked. Raises Refused for a bomb, a damaged or an encrypted one."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_contents(archive.infolist())
            yield archive
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise Refused(N_("{file} is damaged: it is no readable archive. Save it again.")) from error


def _check_contents(members: list[zipfile.ZipInfo]) -> None:
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_BYTES or _is_bomb(packed, unpacked):
        raise _bomb()
    if any(_is_bomb(m.compress_size, m.file_size) for m in members):
        raise _bomb()
    if any(m.flag_bits & 1 for m in members):
        raise Refused(N_("{file} is protected by a password. Save it without one."))


def _is_bomb(packed: int, unpacked: int) -> bool:
    return unpacked > _SMALL and unpacked > MOST_TIMES * max(packed, 1)


def _bomb() -> Refused:
    return Refused(N_("{file} unpacks to far more than its size (a zip bomb) and was not opened. Save the data anew."))


def read_chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """What is in a member, piece by piece. Raises Refused once more comes out than was declared."""
    info = archive.getinfo(member)
    counted = 0
    with archive.open(info) as file:
        while chunk := file.read(_CHUNK):
            counted += len(chunk)
            if counted > info.file_size:
                raise _bomb()
            yield chunk


def read_whole(archive: zipfile.ZipFile, member: str) -> bytes:
    """All that is in a member."""
    return b"".join(read_chunks(archive, member))

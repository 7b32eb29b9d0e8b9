"""Files that somebody sent to be imported, while they wait for a yes: each in a folder of its own that nobody guesses.

An *upload* is one file, or the parts of one shapefile, with the options it is to be read with. It belongs to the
session that sent it: for any other it does not exist. It is deleted once it was imported, refused or given up, and
whatever is left is deleted when the application starts.
"""

import hashlib
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from gis.crs import Datum
from gis.errors import DataRejected, NotFound
from gis.intake.firewall import refuse_person_data
from gis.intake.read import FORMATS
from gis.settings import Settings
from gis.texts import _

FOLDER: Final = "uploads"
FILES: Final = "files"
SHAPEFILE: Final = ".shp"
PARTS: Final = (".shx", ".dbf", ".prj", ".cpg")
"""What belongs to a shapefile beside its shapes."""
MOST_FILES: Final = 1 + len(PARTS)
LONGEST: Final = 3600
"""Seconds that an upload waits, at least; then it is deleted when the next one comes."""
MOST_STEM: Final = 60
"""Characters of a file's name without its ending."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_UNSAFE: Final = re.compile(r"[^\w .()-]+")


@dataclass(frozen=True)
class Options:
    """How a file is to be read."""

    kind: str
    datum: Datum | None = None
    encoding: str | None = None
    partial: bool = False


@dataclass(frozen=True)
class Upload:
    """A file that waits."""

    id: str
    folder: Path
    file: Path
    """The file to be imported; parts of a shapefile stand beside it."""
    sha256: str
    """Of the names and contents of all its files."""
    options: Options


def keep(settings: Settings, owner: str, options: Options, files: Sequence[tuple[str, IO[bytes]]]) -> Upload:
    """Stores what was sent, for the session that `owner` stands for.

    Raises DataRejected where the files are none, too many, of no known format or no parts of one shapefile,
    FirewallRefused where a file's name tells of a person.
    """
    names = [safe_name(name) for name, _content in files]
    main = _main_file(names)
    for name in names:
        refuse_person_data(Path(name).stem, field=_("file name"))
    _forget_old(settings)
    number = secrets.token_urlsafe(16)
    folder = _home(settings) / number
    folder.mkdir(mode=0o700)
    (folder / FILES).mkdir(mode=0o700)
    for name, (_given, content) in zip(names, files, strict=True):
        with (folder / FILES / (Path(main).stem + Path(name).suffix)).open("xb") as target:
            shutil.copyfileobj(content, target, 1 << 20)
    about = {"owner": owner, "file": main, "sha256": fingerprint(folder / FILES), "options": asdict(options)}
    (folder / "upload.json").write_text(json.dumps(about), encoding="utf-8")
    return _open(folder)


def find(settings: Settings, owner: str, number: str) -> Upload:
    """The upload of this number. Raises NotFound where there is none (any more), or it is another session's."""
    folder = _home(settings) / number
    if not _ID.fullmatch(number) or not (folder / "upload.json").is_file():
        raise _unknown()
    about = json.loads((folder / "upload.json").read_text(encoding="utf-8"))
    if not secrets.compare_digest(about["owner"], owner):
        raise _unknown()
    return _open(folder)


def claim(settings: Settings, owner: str, number: str) -> Upload:
    """The same, taken away from everybody else: of several who come at once only one gets it. Raises NotFound."""
    folder = find(settings, owner, number).folder
    taken = folder.with_name(f"{number}.taken")
    try:
        folder.rename(taken)
    except OSError as error:
        raise _unknown() from error
    return _open(taken)


def discard(upload: Upload) -> None:
    """Deletes the files and all that was found out about them."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def clear(settings: Settings) -> None:
    """Deletes all uploads, as the application starts."""
    shutil.rmtree(settings.home / FOLDER, ignore_errors=True)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the files of a folder: of each, in the order of their names, the ending and the content."""
    seal = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            seal.update(path.suffix.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    return seal.hexdigest()


def safe_name(name: str) -> str:
    """A file name that is a name only: no folder, no sign at its start, no mark-up, a short ending.

    >>> safe_name("../../etc/=HYPERLINK(<b>).CSV"), safe_name("街道 (2).geojson")
    ('HYPERLINK(_b_).csv', '街道 (2).geojson')
    """
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = plain.rpartition(".")
    stem = _UNSAFE.sub("_", stem if dot else ending).strip(" ._-")[:MOST_STEM].rstrip(" .")
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:12] if dot else ""
    return f"{stem or 'file'}.{ending}" if ending else stem or "file"


def _main_file(names: Sequence[str]) -> str:
    """The name of the one file to import. Raises DataRejected."""
    if not names:
        raise DataRejected(_("No file was sent. Choose one."))
    endings = [Path(name).suffix for name in names]
    if len(names) == 1:
        if endings[0] not in FORMATS:
            known = ", ".join(FORMATS)
            raise DataRejected(_("{file}: unknown ending. Use one of {known}.", file=names[0], known=known))
        return names[0]
    if endings.count(SHAPEFILE) != 1 or len({*endings}) < len(endings) or {*endings} - {SHAPEFILE, *PARTS}:
        raise DataRejected(_("Send one file, or the parts of one shapefile: .shp with .shx, .dbf, .prj and .cpg."))
    return names[endings.index(SHAPEFILE)]


def _home(settings: Settings) -> Path:
    """The folder of all uploads, which only this account of the machine may enter."""
    folder = settings.home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _forget_old(settings: Settings) -> None:
    """Deletes what somebody sent and never came back to."""
    for folder in _home(settings).iterdir():
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > LONGEST:
                shutil.rmtree(folder, ignore_errors=True)


def _open(folder: Path) -> Upload:
    about = json.loads((folder / "upload.json").read_text(encoding="utf-8"))
    file = folder / FILES / about["file"]
    return Upload(folder.name.partition(".")[0], folder, file, about["sha256"], Options(**about["options"]))


def _unknown() -> NotFound:
    return NotFound(_("This upload is not there any more. Choose the file again."))

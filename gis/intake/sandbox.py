"""The parent's side of the wall: starts a parser in a child process and believes nothing it sends.

The child is a fresh interpreter with an empty environment, so that it inherits neither credentials nor open files.
It gets its job on standard input and answers through one pipe (`readers.channel`); the limits on memory, processor
time and system calls it puts on itself before it looks at the file (`readers.confine`), and a clock here ends it when
it neither works nor dies. However it ends, the caller gets the tables or one DataRejected.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final

import pyarrow as pa

from gis.errors import DataRejected
from gis.intake.readers.channel import Job
from gis.intake.readers.confine import MEMORY_MB
from gis.settings import ROOT
from gis.texts import N_, _

WALL_SECONDS: Final = 60.0
"""Longer than the processor time allowed, because other programs run too."""

MOST_BYTES: Final = 2**30
"""What a child may send in all."""

_ENVIRONMENT: Final[Mapping[str, str]] = {
    "PYTHONPATH": str(ROOT),
    "LANG": "C.UTF-8",
    # One thread and one arena: each more reserves memory that counts against the limit.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "GDAL_NUM_THREADS": "1",
    "OSMIUM_POOL_THREADS": "1",
    "GDAL_CACHEMAX": "16",
    # The filter stops every connection; without these GDAL would not even try.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_MAX_RETRY": "0",
    "OGR_SKIP": "OGR_VRT,GDALG,WFS,OAPIF,HTTP,CSW,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,EEDA,ADBC",
}


@dataclass(frozen=True)
class Parsed:
    """Everything a child found."""

    places: Mapping[str, pa.Table]
    crs: str | None
    evidence: Mapping[str, Any]


def parse(job: Job, *, wall_seconds: float = WALL_SECONDS) -> Parsed:
    """The tables of one file. Raises DataRejected, whatever happened to the child."""
    command = [sys.executable, "-s", "-P", "-X", "utf8", "-m", "gis.intake.readers"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(_ENVIRONMENT),
        cwd="/",
        start_new_session=True,
    ) as child:
        clock = Timer(wall_seconds, child.kill)
        clock.start()
        try:
            return _converse(child, job)
        except DataRejected as refusal:
            if clock.finished.is_set():
                raise _dead(job, N_("it takes too long to read"), {"limit": "wall"}) from refusal
            raise
        finally:
            clock.cancel()
            child.kill()


def _converse(child: "subprocess.Popen[bytes]", job: Job) -> Parsed:
    if child.stdin is None or child.stdout is None:
        raise AssertionError
    with suppress(BrokenPipeError):
        child.stdin.write(job.dump())
        child.stdin.close()
    try:
        tables, ending = _receive(_Counted(child.stdout))
        places = {place: pa.concat_tables(found, promote_options="default") for place, found in tables.items()}
        return _conclude(job, places, ending)
    except OverflowError as error:
        raise _dead(job, N_("it holds more data than can be taken in"), {"limit": "result"}) from error
    except (pa.ArrowException, EOFError, OSError, KeyError, TypeError, ValueError) as error:
        # The pipe ended in the middle, or the child was taken over and sends what it likes.
        child.stdout.close()
        raise _explain(job, child.wait()) from error


def _conclude(job: Job, places: dict[str, pa.Table], ending: dict[str, Any]) -> Parsed:
    """The result, or the child's own words about why there is none."""
    name = Path(job.path).name
    if "refused" in ending:
        text, values = ending["refused"]["text"], ending["refused"]["values"]
        raise DataRejected(_(text, file=name, **values), details={"file": name, **values})
    if "end" not in ending:
        raise _explain_crash(job, ending.get("crashed", {}))
    return Parsed(places, ending["end"]["crs"], ending["end"]["evidence"])


class _Counted:
    """The pipe, read no further than is reasonable."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._left = MOST_BYTES
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        chunk = self._pipe.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise OverflowError
        return chunk

    def close(self) -> None:
        self.closed = True


def _receive(pipe: _Counted) -> tuple[dict[str, list[pa.Table]], dict[str, Any]]:
    """Tables by place, and the last message."""
    tables: dict[str, list[pa.Table]] = {}
    file = pa.PythonFile(pipe, mode="r")
    while True:
        table = pa.ipc.open_stream(file).read_all()
        metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        if "place" not in metadata:
            return tables, {key: json.loads(value) for key, value in metadata.items()}
        table.validate(full=True)
        tables.setdefault(metadata["place"], []).append(table.replace_schema_metadata(None))


def _explain(job: Job, status: int) -> DataRejected:
    """Why a child died, from how it died."""
    if status == -signal.SIGXCPU:
        return _dead(job, N_("it takes too long to read"), {"limit": "cpu"})
    return _dead(job, N_("it is damaged, or not what its ending says"), {"status": status})


def _explain_crash(job: Job, crash: Mapping[str, str]) -> DataRejected:
    if crash.get("error") in ("MemoryError", "ArrowMemoryError"):
        usual = job.memory_mb == MEMORY_MB
        why = N_("it needs more than 256 MB of memory") if usual else N_("it needs more memory than a parser is given")
        return _dead(job, why, {"limit": "memory"})
    return _dead(job, N_("it is damaged, or not what its ending says"), dict(crash))


def _dead(job: Job, why: str, details: dict[str, Any]) -> DataRejected:
    name = Path(job.path).name
    text = _("{file} was refused: {why}. Save the data anew, or split the file.", file=name, why=_(why))
    return DataRejected(text, details={"file": name, **details})

"""Hostile files: whatever is in a file, the answer is a table or one clear refusal, and nothing else happens."""

import json
import os
import platform
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import DataRejected, WanggeError
from gis.intake import sandbox
from gis.intake.read import FORMATS, read_file
from gis.intake.readers.channel import Job, Output, Refused
from gis.intake.readers.confine import confine
from gis.intake.source import load_source
from gis.settings import ROOT

AREAS, FACILITIES = load_source("areas"), load_source("facilities")

FORBIDDEN = {
    "network": "import socket; socket.socket()",
    "local socket": "import socket; socket.socketpair()",
    "new process": "import os; os.fork()",
    "new program": "import os; os.execv('/bin/true', ['true'])",
    "new file": "open(folder + '/new', 'w')",
    "changed file": "open(folder + '/old', 'r+')",
    "removed file": "import os; os.remove(folder + '/old')",
    "renamed file": "import os; os.rename(folder + '/old', folder + '/other')",
    "changed rights": "import os; os.chmod(folder + '/old', 0o777)",
    "new folder": "import os; os.mkdir(folder + '/folder')",
    "link": "import os; os.symlink('/', folder + '/link')",
    "signal": "import os; os.kill(os.getppid(), 0)",
    "higher limit": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "memory": "bytearray(400 * 2**20)",
    "shared memory": "import mmap; mmap.mmap(-1, 600 * 2**20)",
}
ALLOWED = {
    "reading": "open(folder + '/old').read()",
    "a thread": "import threading; t = threading.Thread(target=int); t.start(); t.join()",
    "some memory": "bytearray(50 * 2**20)",
    "own limits": "import resource; resource.getrlimit(resource.RLIMIT_CPU)",
}


def attempt(code: str, folder: Path, *, confined: bool) -> int:
    """Exit status of a process that tries something: 0 where it succeeds, 7 where it is refused."""
    (folder / "old").write_text("old")
    lines = [
        "from gis.intake.readers.confine import confine",
        "import socket, resource, mmap, threading",
        f"folder = {str(folder)!r}",
        "confine()" if confined else "",
        f"try:\n    {code}\nexcept (OSError, MemoryError, ValueError):\n    raise SystemExit(7)",
    ]
    environment = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    return subprocess.run([sys.executable, "-c", "\n".join(lines)], env=environment, check=False).returncode


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_confined_parser_cannot(what: str, tmp_path: Path) -> None:
    """Inside the wall there is no network, no new process, no writing, no more memory."""
    assert attempt(FORBIDDEN[what], tmp_path, confined=True) == 7


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_same_works_outside(what: str, tmp_path: Path) -> None:
    """Control: what the wall refuses would otherwise succeed."""
    assert attempt(FORBIDDEN[what], tmp_path, confined=False) == 0


@pytest.mark.parametrize("what", ALLOWED)
def test_a_confined_parser_can(what: str, tmp_path: Path) -> None:
    """Reading, threads and ordinary memory are left."""
    assert attempt(ALLOWED[what], tmp_path, confined=True) == 0


def test_an_unknown_processor_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a parser cannot be confined it is not run at all."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(Refused, match="confine"):
        confine()


def test_the_child_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of the child is made for it: no database address, no token."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://secret")
    seen: dict[str, Any] = {}

    class Spy(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            seen.update(options)
            super().__init__(command, **options)

    monkeypatch.setattr(subprocess, "Popen", Spy)
    (tmp_path / "f.csv").write_text("code\n1\n")
    read_file(tmp_path / "f.csv", FACILITIES)
    assert "secret" not in json.dumps(seen["env"])
    assert not {key for key in seen["env"] if key.startswith("WANGGE")}


# Files that ask for too much


def test_a_file_that_needs_too_much_memory(tmp_path: Path) -> None:
    """A small file that grows to 600 MB in memory is refused with the limit, not the parent's memory."""
    word = "x" * 200_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), pa.array([word]))
    pq.write_table(pa.table({"code": column}), tmp_path / "f.parquet")
    assert (tmp_path / "f.parquet").stat().st_size < 2**20
    with pytest.raises(DataRejected, match="256 MB") as refusal:
        read_file(tmp_path / "f.parquet", FACILITIES)
    assert refusal.value.details["limit"] == "memory"


def test_a_parser_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """The clock ends a child that takes too long, with one sentence."""
    (tmp_path / "f.csv").write_text("code\n1\n")
    job = Job(str(tmp_path / "f.csv"), "CSV", "facilities", "point", FACILITIES.words)
    with pytest.raises(DataRejected, match=r"f\.csv") as refusal:
        sandbox.parse(job, wall_seconds=0.01)
    assert refusal.value.details["limit"] == "wall"


def test_a_parser_that_only_computes_is_ended(tmp_path: Path) -> None:
    """Processor time is limited: a GeoPackage whose layer is an endless query does not run on."""
    import sqlite3

    path = tmp_path / "a.gpkg"
    town(path)
    with sqlite3.connect(path) as database:
        endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) AS n FROM c"
        database.execute(f"CREATE VIEW trap AS {endless}")
    database.close()
    with pytest.raises(DataRejected) as refusal:
        read_file(path, AREAS)
    assert refusal.value.details["limit"] == "cpu"


def town(path: Path) -> None:
    gpd.GeoDataFrame({"code": ["1"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(path)


# Archives


def bomb(path: Path, member: str, *, megabytes: int = 300) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
        for _megabyte in range(megabytes):
            file.write(bytes(2**20))


@pytest.mark.parametrize(("name", "member"), [("b.xlsx", "xl/workbook.xml"), ("b.kmz", "doc.kml"), ("b.zip", "a.shp")])
def test_a_zip_bomb_is_not_opened(tmp_path: Path, name: str, member: str) -> None:
    """An archive that declares a thousand times its size is refused before anything is unpacked."""
    bomb(tmp_path / name, member)
    assert (tmp_path / name).stat().st_size < 2**20
    with pytest.raises(DataRejected, match=r"bomb|炸弹|unpack"):
        read_file(tmp_path / name, AREAS)


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """What really comes out is counted: a declared size of 10 bytes does not let 300 MB through."""
    path = tmp_path / "b.kmz"
    bomb(path, "doc.kml")
    data = path.read_bytes()
    path.write_bytes(data.replace((300 * 2**20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(DataRejected):
        read_file(path, AREAS)


def test_an_archive_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    """A nested bomb is a member without meaning."""
    bomb(tmp_path / "inner.zip", "a.shp")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "inner.zip")
    with pytest.raises(DataRejected):
        read_file(tmp_path / "outer.zip", AREAS)


# XML

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DOCTYPES = {
    "billion laughs": f'<!DOCTYPE kml [<!ENTITY l0 "ha">{LAUGHS}]>',
    "external entity": '<!DOCTYPE kml [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    "external subset": '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">',
    "parameter entity": '<!DOCTYPE kml [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
}


@pytest.mark.parametrize("attack", DOCTYPES)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_document_type_is_refused(tmp_path: Path, attack: str, codec: str, packed: bool) -> None:
    """Entities are refused with one message, in any encoding, loose or packed."""
    text = (
        f'<?xml version="1.0" encoding="{codec}"?>{DOCTYPES[attack]}<kml><Placemark><name>&l9;</name></Placemark></kml>'
    )
    path = tmp_path / ("x.kmz" if packed else "x.kml")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text.encode(codec))
    else:
        path.write_bytes(text.encode(codec))
    with pytest.raises(DataRejected, match="DOCTYPE") as refusal:
        read_file(path, AREAS)
    assert "root:" not in refusal.value.message


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    """The same holds for the XML inside a workbook."""
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", f"{DOCTYPES['external entity']}<workbook/>")
    with pytest.raises(DataRejected, match="DOCTYPE"):
        read_file(tmp_path / "b.xlsx", AREAS)


def test_deep_nesting_does_not_break_the_parser(tmp_path: Path) -> None:
    """A hundred thousand open brackets or elements end in a refusal."""
    (tmp_path / "a.json").write_text('{"type":"FeatureCollection","features":[' + "[" * 100_000)
    (tmp_path / "a.kml").write_text("<kml>" + "<Folder>" * 100_000)
    for name in ("a.json", "a.kml"):
        with pytest.raises(DataRejected):
            read_file(tmp_path / name, AREAS)


# Cut, disguised and damaged files


def answer(path: Path) -> str:
    """The message of the refusal, or the name of the file that was read."""
    try:
        return read_file(path, AREAS).path.name
    except WanggeError as refusal:
        return refusal.message


def _geopackage(path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"code": [str(i) for i in range(2000)]}, geometry=[shapely.box(0, 0, 1, 1)] * 2000, crs=4326
    )
    frame.to_file(path)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_truncated_geopackage_is_refused(tmp_path: Path, share: float) -> None:
    """A file that was cut off anywhere is refused with its name."""
    path = tmp_path / "a.gpkg"
    _geopackage(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataRejected, match=r"a\.gpkg"):
        read_file(path, AREAS)


def test_a_disguised_file_does_not_reach_another_reader(tmp_path: Path) -> None:
    """A virtual layer that points to another file, named .gpkg or .shp, is not followed."""
    (tmp_path / "secret.csv").write_text("code\nsecret\n")
    inside = f"<OGRVRTLayer name='secret'><SrcDataSource>{tmp_path}/secret.csv</SrcDataSource></OGRVRTLayer>"
    layer = f"<OGRVRTDataSource>{inside}</OGRVRTDataSource>"
    for name in ("a.gpkg", "a.shp"):
        (tmp_path / name).write_text(layer)
        (tmp_path / "a.dbf").write_text("x")
        (tmp_path / "a.shx").write_text("x")
        with pytest.raises(DataRejected):
            read_file(tmp_path / name, AREAS)


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1/a.gpkg", "/dev/zero", ".", "none.csv", "a.exe"])
def test_only_an_ordinary_file_is_opened(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names with a meaning for GDAL, devices, folders and unknown endings are refused before a child is started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sandbox, "parse", lambda job: pytest.fail("a child was started"))
    with pytest.raises(DataRejected):
        read_file(Path(name), AREAS)


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    """A named pipe would make the reader wait for ever."""
    os.mkfifo(tmp_path / "f.csv")
    with pytest.raises(DataRejected):
        read_file(tmp_path / "f.csv", FACILITIES)


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_noise_is_refused_in_every_format(tmp_path: Path, ending: str) -> None:
    """Random bytes under every ending give a table or one refusal that names the file."""
    path = tmp_path / f"noise{ending}"
    path.write_bytes(zlib.compress(bytes(range(256)) * 8))
    assert path.name in answer(path)


# Properties, on the parsers themselves

MAGIC = {"CSV": b"code,name\n", "GeoJSON": b'{"type":"FeatureCollection","features":[', "KML": b"<kml><Placemark>"}


class _Nowhere:
    closed = False

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        pass


def _reader(form: str) -> Callable[[Job, Output], None]:
    from importlib import import_module

    from gis.intake.readers.__main__ import _MODULES

    read: Callable[[Job, Output], None] = import_module(f"gis.intake.readers.{_MODULES[form]}").read
    return read


@pytest.mark.parametrize("form", ["CSV", "GeoJSON", "KML"])
@given(data=st.binary(max_size=400), with_magic=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(form: str, tmp_path: Path, data: bytes, with_magic: bool) -> None:
    """No bytes make a text parser fail in any other way than by refusing."""
    path = tmp_path / "any"
    path.write_bytes((MAGIC[form] if with_magic else b"") + data)
    job = Job(str(path), form, "areas", "polygon", AREAS.words)
    with suppress(Refused):
        _reader(form)(job, Output(_Nowhere()))  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", [".gpkg", ".xlsx", ".parquet", ".shp"])
@given(cut=st.integers(0, 4000), bite=st.binary(min_size=1, max_size=40))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_read_or_refused(ending: str, tmp_path: Path, cut: int, bite: bytes) -> None:
    """A good file with some bytes overwritten gives a table or a refusal, whatever the library makes of it."""
    import openpyxl

    path = tmp_path / f"a{ending}"
    frame = gpd.GeoDataFrame({"code": ["1"], "name": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    if ending == ".xlsx":
        openpyxl.Workbook().save(path)
    elif ending == ".parquet":
        frame.to_parquet(path)
    else:
        path.unlink(missing_ok=True)
        frame.to_file(path)
    data = bytearray(path.read_bytes())
    at = cut % len(data)
    data[at : at + len(bite)] = bite
    path.write_bytes(bytes(data))
    assert path.name in answer(path)

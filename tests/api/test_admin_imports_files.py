"""What a browser sends is not trusted: names, numbers and sizes of files."""

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from sqlalchemy import Engine

from gis.services.imports.uploads import safe_name
from tests.api.accounts_browser import run
from tests.api.awkward import district
from tests.api.test_admin_imports import FACILITIES, Browser, admin, kept, stored

__all__ = ["admin", "stored"]

NAMES = (
    "../../../escape.csv",
    "..\\..\\escape.csv",
    "/etc/cron.d/escape.csv",
    "=cmd|' /C calc'!A0.csv",
    "<script>alert(1)</script>.csv",
    '"><img src=x onerror=alert(1)>.csv',
    "-rf.csv",
    ".hidden.csv",
    "a" * 400 + ".csv",
    "\u202egpj.csv",
    "con\x00trol.csv",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_name(admin: Browser, stored: Engine, tmp_path: Path, name: str) -> None:
    """A hostile name leads nowhere, is no mark-up and no formula, on the pages and in the store."""
    address = admin.preview((name, FACILITIES))
    files = [path for path in kept(tmp_path) if path.suffix == ".csv"]
    assert len(files) == 1
    assert files[0].parent.name == "files"
    assert not list(tmp_path.rglob("escape.csv")) or files[0].name == "escape.csv"
    html = admin.client.get(address).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    admin.confirm(address)
    stored_name = run(stored, "SELECT file FROM import_run ORDER BY id DESC LIMIT 1")
    assert stored_name == files[0].name == safe_name(stored_name)
    assert not stored_name.startswith(("=", "+", "-", "@", "."))


@pytest.mark.parametrize("number", ["%2e%2e%2f%2e%2e", "..%5c..", "x" * 22, "x.taken", "A" * 21 + "%00"])
def test_a_number_is_no_path(admin: Browser, number: str) -> None:
    """What is no number of an upload is nothing."""
    assert admin.client.get(f"/admin/imports/preview/{number}").status_code == 404


def test_a_name_that_tells_of_a_person_is_refused(admin: Browser, tmp_path: Path) -> None:
    """The name of a file is stored too: it passes the firewall."""
    answer = admin.send(("王五 13812345678.csv", FACILITIES))
    assert answer.status_code == 422
    assert "13812345678" not in answer.text
    assert not kept(tmp_path)


def test_what_is_too_large_is_refused(admin: Browser, tmp_path: Path) -> None:
    """Beyond the limit of the setting nothing is kept, whether the browser states the size or not."""
    big = FACILITIES + "x" * (2 << 20)
    assert admin.send(("f.csv", big)).status_code == 422
    body = admin.client.build_request("POST", "/x", data={"csrf": admin.csrf}, files={"file": ("f.csv", big.encode())})
    content = body.read()
    headers = {"Content-Type": body.headers["Content-Type"]}
    parts = (content[i : i + 65536] for i in range(0, len(content), 65536))
    assert admin.client.post("/admin/imports", content=parts, headers=headers).status_code == 422
    assert not kept(tmp_path)


def test_a_form_of_thousands_of_parts_is_refused(admin: Browser) -> None:
    """Number of files and of fields, and the size of a field, have limits."""
    many = [("file", (f"{i}.csv", b"x")) for i in range(50)]
    data = {"csrf": admin.csrf, "kind": "facilities"}
    assert admin.client.post("/admin/imports", data=data, files=many).status_code == 400
    fields = {**data, **{f"f{i}": "x" for i in range(50)}}
    assert admin.client.post("/admin/imports", data=fields, files=[("file", ("f.csv", b"x"))]).status_code == 400
    long = {**data, "encoding": "x" * 100_000}
    assert admin.client.post("/admin/imports", data=long, files=[("file", ("f.csv", b"x"))]).status_code == 400


@pytest.mark.parametrize("options", [{"kind": "secrets"}, {"datum": "mars"}, {"encoding": "rot13"}])
def test_an_option_that_there_is_not_is_said(admin: Browser, options: dict[str, str]) -> None:
    """A kind, datum or encoding that the form does not offer is refused."""
    assert admin.send(("f.csv", FACILITIES), **options).status_code == 422


def test_nothing_and_nonsense_are_said(admin: Browser, tmp_path: Path) -> None:
    """No file, an unknown ending, an empty file, a picture with the wrong name: one sentence, nothing kept."""
    sent = [[], [("f.exe", "x")], [("f.csv", "")], [("f.gpkg", "x")], [("a.csv", FACILITIES), ("b.csv", FACILITIES)]]
    for files in sent:
        answer = admin.send(*files)
        assert answer.status_code == 422, files
        assert "problem" in answer.text
        assert not kept(tmp_path)


def shapefile(folder: Path) -> list[tuple[str, bytes]]:
    """The parts of a shapefile with one village that is new."""
    frame = district()["areas"].iloc[[4]].assign(code="330302001009", parent_cod="330302001")
    frame = gpd.GeoDataFrame(frame[["code", "name", "level", "parent_cod", "geometry"]], crs=4326)
    frame.to_file(folder / "村.shp", encoding="GBK", engine="pyogrio")
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("村.*"))]


def test_a_shapefile_comes_in_parts_or_in_an_archive(admin: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All parts together, or one zip, give the same preview; a part that is missing is named."""
    parts = shapefile(tmp_path_factory.mktemp("parts"))
    assert ">1</dd>" in admin.client.get(admin.preview(*parts, kind="areas")).text
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts:
            archive.writestr(name, content)
    assert ">1</dd>" in admin.client.get(admin.preview(("all.zip", packed.getvalue()), kind="areas")).text
    without = [part for part in parts if not part[0].endswith(".dbf")]
    answer = admin.send(*without, kind="areas")
    assert answer.status_code == 422
    assert ".dbf" in answer.text

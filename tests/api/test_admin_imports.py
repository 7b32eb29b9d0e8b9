"""Imports by the admin: a preview that changes nothing, a confirmation of that very file, and its receipt."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.main import create_app
from gis.roles import Actor
from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.api.accounts_browser import OURS, browse, enter, run
from tests.api.awkward import district, load, square
from tests.api.people import make_account

FACILITIES = "code,name,kind,lon,lat\nF1,白鹿诊所,医院,120.005,28.015\nN1,新诊所,诊所,120.006,28.006\n"


@pytest.fixture
def stored(engine: Engine) -> Engine:
    """An engine on the awkward district."""
    load(engine, district())
    return engine


@pytest.fixture
def admin(database_url: str, stored: Engine, tmp_path: Path) -> Iterator["Browser"]:
    """The browser of an admin."""
    with browse(database_url, home=tmp_path, upload_mb=1) as client:
        yield Browser(client, enter(client, stored, make_account(stored, "root", "admin")))


class Browser:
    """A signed-in browser that sends files."""

    def __init__(self, client: TestClient, csrf: str) -> None:
        self.client, self.csrf = client, csrf

    def send(self, *files: tuple[str, bytes | str], kind: str = "facilities", **options: str) -> Any:
        """The answer to the upload form."""
        parts = [
            ("file", (name, content if isinstance(content, bytes) else content.encode())) for name, content in files
        ]
        data = {"csrf": self.csrf, "kind": kind, **options}
        return self.client.post("/admin/imports", data=data, files=parts)

    def preview(self, *files: tuple[str, bytes | str], **options: str) -> str:
        """The address of the preview of these files."""
        answer = self.send(*files, **options)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def confirm(self, address: str, *, sha256: str | None = None) -> Any:
        """The answer to the question of a preview."""
        known = re.search(r'name="sha256" value="(\w+)"', self.client.get(address).text)
        data = {"csrf": self.csrf, "sha256": sha256 or (known[1] if known else "")}
        return self.client.post(address, data=data)


def changed_areas() -> str:
    """A file of areas in which one village is larger and one is new."""
    frame = district()["areas"].iloc[[4, 5]].drop(columns=["valid_from", "valid_to", "dwellings"])
    frame.geometry = [square(0, 0, 1.9), square(2, 2, 1)]
    frame["code"] = ["330302001001", "330302001003"]
    return str(gpd.GeoDataFrame(frame).to_json())


def kept(home: Path) -> list[Path]:
    """Every file under the folder of uploads."""
    return [path for path in home.rglob("uploads/**/*") if path.is_file()]


def test_a_preview_changes_nothing_and_a_confirmation_what_it_showed(
    admin: Browser, stored: Engine, tmp_path: Path
) -> None:
    """Counts, evidence and sample of a dry run; then the import with a receipt; then the file is gone."""
    before = run(stored, "SELECT count(*) FROM facility")
    address = admin.preview(("f.csv", FACILITIES))
    html = admin.client.get(address).text
    assert re.search(r"<dt>New</dt><dd>1</dd>", html)
    assert re.search(r"<dt>Changed</dt><dd>1</dd>", html)
    assert "UTF-8" in html
    assert "WGS84" in html
    assert run(stored, "SELECT count(*) FROM facility") == before
    receipt = admin.confirm(address).headers["Location"]
    page = admin.client.get(receipt).text
    assert hashlib.sha256(FACILITIES.encode()).hexdigest() in page
    assert "<dd>root</dd>" in page
    assert run(stored, "SELECT name FROM facility WHERE code = 'N1' AND upper_inf(recorded)") == "新诊所"
    assert not kept(tmp_path)
    assert "f.csv" in admin.client.get("/admin/imports").text
    assert admin.confirm(address, sha256="0" * 64).status_code == 404


def test_the_same_file_again_holds_nothing_new(admin: Browser) -> None:
    """A file that says what is stored has no button to import it."""
    admin.confirm(admin.preview(("f.csv", FACILITIES)))
    html = admin.client.get(admin.preview(("f.csv", FACILITIES))).text
    assert "holds nothing new" in html
    assert 'name="sha256"' not in html


def test_the_map_has_old_and_new_shapes(admin: Browser) -> None:
    """Of areas that change the shape as it is and as it would be, of new ones the new one; other kinds have no map."""
    address = admin.preview(("a.geojson", changed_areas()), kind="areas")
    answer = admin.client.get(f"{address}/map")
    data = json.loads(re.search(r'id="wangge-data">(.*?)</script>', answer.text, re.DOTALL)[1])  # type: ignore[index]
    assert sorted(zip(data["shapes"]["code"], data["shapes"]["state"], strict=True)) == [
        ("330302001001", "changed"),
        ("330302001001", "old"),
        ("330302001003", "new"),
    ]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    other = admin.preview(("o.csv", "code,name,department,work_phone\nL9,钱七,卫健,1\n"), kind="officers")
    assert "<iframe" not in admin.client.get(other).text
    assert admin.client.get(f"{other}/map").status_code == 404


def test_problems_stand_by_row_and_as_csv_without_formulas(admin: Browser) -> None:
    """A rejected row is named; without the option for good rows nothing can be imported."""
    bad = FACILITIES + "=1+1,无点,诊所,,\n"
    html = admin.client.get(admin.preview(("f.csv", bad))).text
    assert "Nothing can be imported" in html
    assert 'name="sha256"' not in html
    address = admin.preview(("f.csv", bad), partial="yes")
    assert 'name="sha256"' in admin.client.get(address).text
    rows = list(csv.reader(io.StringIO(admin.client.get(f"{address}/problems.csv").content.decode("utf-8-sig"))))
    assert rows[0] == ["severity", "row", "column", "rule", "message"]
    assert ["error", "3"] in [row[:2] for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_person_data_is_refused_without_a_value_and_nothing_is_kept(
    admin: Browser, stored: Engine, tmp_path: Path
) -> None:
    """Column, rule and number of cells are told; no cell is, on no page and not in the audit; the file is deleted."""
    secret = "13812345678"
    answer = admin.send(("f.csv", f"code,name,kind,lon,lat,address\nF7,诊所,诊所,120.0,28.0,张三 {secret}\n"))
    assert answer.status_code == 422
    assert "mobile-number" in answer.text
    assert "address" in answer.text
    assert secret not in answer.text
    assert not kept(tmp_path)
    with stored.begin() as connection:
        rows = connection.execute(text("SELECT a::text FROM audit a")).scalars().all()
    assert [row for row in rows if "imports.preview" in row and "FirewallRefused" in row]
    assert not [row for row in rows if secret in row]


def test_another_session_never_sees_an_upload(
    admin: Browser, database_url: str, stored: Engine, tmp_path: Path
) -> None:
    """Neither another admin nor the same one in another session finds it."""
    address = admin.preview(("f.csv", FACILITIES))
    number = run(stored, "SELECT id FROM account WHERE name = 'root'")
    for actor in (make_account(stored, "second", "admin"), Actor("admin", "root", None, number)):
        app = create_app(Settings(database_url=database_url, lang="en", home=tmp_path))
        app.state.workspace = Workspace(app.state.settings)
        other = TestClient(app, base_url=OURS, follow_redirects=False)  # not started: a start deletes all uploads
        csrf = enter(other, stored, actor)
        for part in ("", "/map", "/problems.csv"):
            assert other.get(address + part).status_code == 404
        assert other.post(address, data={"csrf": csrf, "sha256": "0" * 64}).status_code == 404
        assert other.post(f"{address}/discard", data={"csrf": csrf}).status_code == 404
        app.state.workspace.close()
    assert admin.client.get(address).status_code == 200


def test_a_file_that_is_not_the_previewed_one_is_not_imported(admin: Browser, stored: Engine, tmp_path: Path) -> None:
    """Another SHA-256 in the form, or another content on the disk: refused, and deleted."""
    assert admin.confirm(admin.preview(("f.csv", FACILITIES)), sha256="0" * 64).status_code == 422
    address = admin.preview(("f.csv", FACILITIES))
    next(tmp_path.rglob("uploads/*/files/f.csv")).write_text(FACILITIES.replace("新诊所", "换掉的"), encoding="utf-8")
    assert admin.confirm(address).status_code == 422
    assert not kept(tmp_path)
    assert run(stored, "SELECT count(*) FROM facility WHERE code = 'N1'") == 0


def test_an_upload_can_be_given_up_and_does_not_outlive_a_start(
    admin: Browser, database_url: str, tmp_path: Path
) -> None:
    """Given up: gone. Left behind: gone when the application starts."""
    address = admin.preview(("f.csv", FACILITIES))
    assert admin.client.post(f"{address}/discard", data={"csrf": admin.csrf}).status_code == 303
    assert not kept(tmp_path)
    admin.preview(("f.csv", FACILITIES))
    assert kept(tmp_path)
    with browse(database_url, home=tmp_path):
        assert not kept(tmp_path)


def test_only_the_admin_imports_and_only_with_the_secret_of_the_session(
    admin: Browser, database_url: str, stored: Engine, tmp_path: Path
) -> None:
    """Other roles are refused, the public is led to the sign-in, a form of another site is no form of ours."""
    assert Browser(admin.client, "wrong").send(("f.csv", FACILITIES)).status_code == 403
    address = admin.preview(("f.csv", FACILITIES))
    assert admin.client.post(address, data={"sha256": "0" * 64}).status_code == 403
    assert not run(stored, "SELECT count(*) FROM facility WHERE code = 'N1'")
    pages = ("/admin/imports", "/admin/imports/1", address, f"{address}/map", f"{address}/problems.csv")
    with browse(database_url, home=tmp_path / "other") as client:
        csrf = enter(client, stored, make_account(stored, "head", "leader", "L01"))
        for page in pages:
            assert client.get(page).status_code == 403, page
        assert Browser(client, csrf).send(("f.csv", FACILITIES)).status_code == 403
    with browse(database_url, home=tmp_path / "other") as client:
        assert client.get("/admin/imports", headers={"Accept": "text/html"}).headers["Location"].startswith("/login")
        assert Browser(client, "").send(("f.csv", FACILITIES)).status_code == 401


def test_every_step_is_in_the_audit(admin: Browser, stored: Engine) -> None:
    """Preview, confirmation, giving up: who, which file and its SHA-256, and what it would change."""
    admin.confirm(admin.preview(("f.csv", FACILITIES)))
    address = admin.preview(("g.csv", FACILITIES.replace("N1", "N2")))
    admin.client.post(f"{address}/discard", data={"csrf": admin.csrf})
    with stored.begin() as connection:
        rows = connection.execute(text("SELECT who, action, target, details FROM audit ORDER BY number")).all()
    actions = [row.action for row in rows if row.who == "root"]
    assert actions == [
        *("imports.preview", "import.facilities", "imports.confirm"),
        *("imports.preview", "imports.discard"),
    ]
    assert rows[0].target == "f.csv"
    assert rows[0].details["inserted"] == 1
    assert len(rows[0].details["sha256"]) == 64

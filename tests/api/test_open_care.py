"""The nearest antenatal care from a place: for everybody, and without a trace of the place."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.crs import to_datum
from tests.api.accounts_browser import browse, enter
from tests.api.awkward import days, district, load
from tests.api.people import make_account

PLACE = (120.00512, 28.00512)
MARKS = ("00512",)


@pytest.fixture
def full(engine: Engine) -> Engine:
    """The awkward district; its hospital has a licence."""
    frames = district()
    frames["licences"] = frames["licences"].assign(facility_code="F2", kind="医疗机构执业许可")
    frames["facilities"]["hours"] = [None, "08:00-16:30", None]
    load(engine, frames)
    return engine


@pytest.fixture
def public(database_url: str, full: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """The public's browser; the home of the server is the test's own."""
    del full
    with browse(database_url, home=tmp_path) as client:
        yield client


def ask(client: TestClient, **fields: object) -> str:
    """The answer as a part of a page."""
    return client.post("/open/care", data=fields, headers={"HX-Request": "true"}).text


def test_the_nearest_site_has_minutes_hours_and_address(public: TestClient) -> None:
    """On foot and by car, with what is open of the site; that lines are straight is said."""
    html = ask(public, lon=PLACE[0], lat=PLACE[1])
    assert "&lt;script&gt;" in html
    assert "08:00-16:30" in html
    assert "A 路 1 号" in html
    assert len(re.findall(r"\d+ min<", html)) == 2
    assert "straight lines" in html
    assert "白鹿诊所" not in html


def test_a_site_without_licence_is_not_offered(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """Nobody is sent to premises whose licence ran out; then it is said that there are none."""
    frames = district()
    frames["licences"] = frames["licences"].assign(
        facility_code="F2", kind="医疗机构执业许可", valid_to=days("2024-01-01")
    )
    load(engine, frames)
    with browse(database_url, home=tmp_path) as client:
        assert "No premises that give antenatal care" in ask(client, lon=PLACE[0], lat=PLACE[1])


def test_a_place_is_an_area_or_a_point_in_its_datum(public: TestClient) -> None:
    """The list of areas answers like a point in it; the coordinates of a Chinese web map mean the same place."""
    assert "<option value=" in public.get("/open/care").text
    assert "08:00-16:30" in ask(public, area="330302001001")
    lon, lat = (float(value[0]) for value in to_datum([PLACE[0]], [PLACE[1]], datum="gcj02"))
    assert ask(public, lon=lon, lat=lat, datum="gcj02") == ask(public, lon=PLACE[0], lat=PLACE[1])
    assert "no such area" in ask(public, area="nothing")


@pytest.mark.parametrize(
    "fields",
    [{"lon": "x", "lat": "28"}, {"lon": "nan", "lat": "1"}, {"lon": "120", "lat": "91"}, {}, {"lon": "9" * 5000}],
)
def test_what_is_no_place_is_said_and_not_repeated(public: TestClient, fields: dict[str, str]) -> None:
    """One sentence, with and without script; what was written does not come back."""
    for answer in (ask(public, **fields), public.post("/open/care", data=fields).text):
        assert "Write longitude and latitude" in answer
        assert "99999" not in answer


def traces(folder: Path, engine: Engine, said: str) -> list[str]:
    """Where the place of these tests was kept: files of the server, any table, what was printed."""
    found = [str(f) for f in folder.rglob("*") if f.is_file() and (f.parent.name == "travel" or _has(f.read_bytes()))]
    with engine.begin() as connection:
        tables = connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        ).scalars()
        for table in tables.all():
            rows = connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()
            found += [table for row in rows if row and _has(row.encode())]
    return found + (["printed"] if _has(said.encode()) else [])


def _has(content: bytes) -> bool:
    return any(mark.encode() in content for mark in MARKS)


def test_where_somebody_asked_is_kept_nowhere(
    database_url: str, full: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No file, no row of any table, no log and no address has the place, even of somebody signed in, nor its times."""
    with browse(database_url, home=tmp_path) as public, browse(database_url, home=tmp_path) as staff:
        enter(staff, full, make_account(full, "small", "officer", "L02"))
        for reader in (public, staff):
            for fields in ({"lon": PLACE[0], "lat": PLACE[1]}, {"lon": "10.00512", "lat": "200.00512"}):
                answer = reader.post("/open/care", data=fields)
                assert answer.headers["Cache-Control"] == "no-store"
                assert not _has(str(answer.url).encode())
                assert not _has(answer.content)
    assert traces(tmp_path, full, "".join(capfd.readouterr())) == []


def test_control_a_place_that_is_kept_is_noticed(
    engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same search finds a place in a table, in print, and the times that a plan saves on the disk."""
    frames = district()
    frames["officers"]["department"] = [f"{PLACE[0]},{PLACE[1]}", None]
    load(engine, frames)
    (tmp_path / "travel").mkdir()
    (tmp_path / "travel" / "times.npz").write_bytes(b"minutes to known sites")
    sys.stderr.write(f"GET /open/care?lon={PLACE[0]}")
    found = traces(tmp_path, engine, "".join(capfd.readouterr()))
    assert {"officer", "printed", str(tmp_path / "travel" / "times.npz")} <= set(found)


def test_the_page_leads_to_and_from_the_open_page(public: TestClient) -> None:
    """It is found from the open page, as are the draws; a place can only be sent in the body of a request."""
    start = public.get("/open").text
    assert 'href="/open/care"' in start
    assert 'href="/open/draws"' in start
    html = public.get("/open/care").text
    assert html.count('method="post" action="/open/care"') == 2
    assert 'method="get"' not in html
    asked = public.get("/open/care?lon=120.00512&lat=28.00512").text
    assert not _has(asked.replace("lon=120.00512&amp;lat=28.00512", "").encode())


def test_everybody_gets_the_same(database_url: str, full: Engine, public: TestClient, tmp_path: Path) -> None:
    """Signed in or not: an account sees no other site here."""
    with browse(database_url, home=tmp_path) as client:
        enter(client, full, make_account(full, "small", "officer", "L02"))
        assert ask(client, lon=PLACE[0], lat=PLACE[1]) == ask(public, lon=PLACE[0], lat=PLACE[1])

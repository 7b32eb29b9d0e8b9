"""Who answers for this place: for everybody, without an account, without a trace of where was asked."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.crs import to_datum
from gis.roles import Actor
from gis.services import open_data
from tests.api.accounts_browser import browse, enter
from tests.api.awkward import MARKUP, district, load
from tests.api.people import make_account

INSIDE = (120.005, 28.005)
"""In the third grid of Bailu village."""

PHONE = "0577-1234567"


@pytest.fixture
def full(engine: Engine) -> Engine:
    """An engine on the awkward district, with a work phone that would be noticed."""
    frames = district()
    frames["officers"]["work_phone"] = [PHONE, None]
    load(engine, frames)
    return engine


@pytest.fixture
def public(database_url: str, full: Engine) -> Iterator[TestClient]:
    """The public's browser."""
    with browse(database_url, office_name="Office <b>", office_phone="0000-1") as client:
        yield client


def ask(client: TestClient, lon: object, lat: object, datum: str = "wgs84") -> str:
    """The answer for a point, as a part of a page."""
    return client.post(
        "/open/at", data={"lon": str(lon), "lat": str(lat), "datum": datum}, headers={"HX-Request": "true"}
    ).text


def test_the_chain_is_nearest_first_with_name_and_department(public: TestClient) -> None:
    """Each area above the place is told with its officer; where there is none it says so."""
    html = public.get("/open?code=330302001001003").text
    places = [html.index(f"<strong>{name}</strong>") for name in ("三号网格", "白鹿村", "五马街道", "鹿城区")]
    assert places == sorted(places)
    assert "Nobody answers for it" in html[places[0] : places[1]]
    assert "赵六" in html[places[1] : places[2]]
    assert "王五" in html[places[2] : places[3]]
    assert "卫健" in html[places[2] : places[3]]


def test_of_contacts_there_is_the_office_and_no_officer(public: TestClient) -> None:
    """The number of the office stands there; no work phone does, on no public page and in no public file."""
    pages = ["/", "/open", "/open?code=330302001", "/open?q=33", "/maps/open", "/open/data"]
    files = [f"/open/data/{name}" for name in ("areas.geojson", "facilities.geojson", "facilities.csv", "duties.csv")]
    for address in [*pages, *files]:
        assert PHONE not in public.get(address).text, address
    assert "0000-1" in public.get("/open").text


def test_the_work_phone_would_be_noticed(database_url: str, full: Engine) -> None:
    """Control: whoever may see it finds the work phone in the chain."""
    with browse(database_url) as client:
        enter(client, full, make_account(full, "head", "leader", "L01"))
        assert PHONE in client.get("/api/who/330302001").text


def test_a_setting_that_is_missing_leaves_no_gap(database_url: str, full: Engine) -> None:
    """Without an office in the settings the page does not speak of one."""
    del full
    with browse(database_url) as client:
        assert "The office" not in client.get("/open").text


def test_signed_in_or_not_the_answer_is_the_same(database_url: str, full: Engine, public: TestClient) -> None:
    """The open pages act as the public: an officer with one village reads there what everybody reads."""
    with browse(database_url, office_name="Office <b>", office_phone="0000-1") as client:
        enter(client, full, make_account(full, "small", "officer", "L02"))
        assert ask(client, *INSIDE) == ask(public, *INSIDE)
        for address in ("/maps/open", "/open/data/duties.csv", "/open/data/areas.geojson"):
            assert client.get(address).content == public.get(address).content


def test_a_point_is_answered_in_its_datum(public: TestClient) -> None:
    """The same place, as a Chinese web map writes it, is found where it is."""
    assert "三号网格" in ask(public, *INSIDE)
    for datum in ("gcj02", "bd09"):
        lon, lat = (float(value[0]) for value in to_datum([INSIDE[0]], [INSIDE[1]], datum=datum))
        assert "三号网格" in ask(public, lon, lat, datum)
    assert "no area" in ask(public, 10, 10)


def test_two_areas_that_claim_a_point_both_answer(public: TestClient) -> None:
    """Where villages overlap, and there is no grid, nobody is left out."""
    html = ask(public, 120.0175, 28.0175)
    assert "<h2>白鹿村</h2>" in html
    assert "<h2>松台村</h2>" in html


@pytest.mark.parametrize(("lon", "lat"), [("x", "28"), ("nan", "28"), ("120", "91"), ("", ""), ("1e999", "0")])
def test_what_is_no_point_is_said(public: TestClient, lon: str, lat: str) -> None:
    """No number, no place on earth: one sentence and no error of ours, with and without script."""
    assert "Write longitude and latitude" in ask(public, lon, lat)
    assert "Write longitude and latitude" in public.post("/open/at", data={"lon": lon, "lat": lat}).text


def test_where_somebody_asked_is_written_nowhere(
    database_url: str, full: Engine, public: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the audit nor the log has the point, even of somebody who is signed in; it is not in the address."""
    with browse(database_url) as client:
        enter(client, full, make_account(full, "small", "officer", "L02"))
        for reader in (client, public):
            answer = reader.post("/open/at", data={"lon": "120.00512", "lat": "28.00512"})
            assert answer.headers["Cache-Control"] == "no-store"
            assert "120.00512" not in str(answer.url)
            assert "120.00512" not in answer.text
            reader.post("/open/at", data={"lon": "10.00512", "lat": "28.00512"})
    with full.begin() as connection:
        rows = connection.execute(text("SELECT a::text FROM audit a")).scalars().all()
    assert not [row for row in rows if "00512" in row]
    assert "00512" not in "".join(capfd.readouterr())


def test_a_search_works_without_script_and_shows_at_most_20(public: TestClient) -> None:
    """Areas and facilities by part of a name or a code, as links; markup in a name stays text."""
    html = public.get("/open", params={"q": "白鹿"}).text
    assert 'href="/open?code=330302001001"' in html
    assert 'href="/open?code=F1"' in html
    assert MARKUP not in public.get("/open", params={"q": "script"}).text
    assert "&lt;script&gt;" in public.get("/open", params={"q": "script"}).text
    assert "Nothing found" in public.get("/open", params={"q": "%"}).text


def test_many_hits_are_cut(public: TestClient) -> None:
    """More than 20 hits are counted, and the page says that it shows the first."""
    workspace = public.app.state.workspace  # type: ignore[attr-defined]
    hits, total = open_data.search(workspace, "3")
    assert len(hits) <= open_data.MOST_FOUND
    assert total >= len(hits)


def test_an_unknown_code_is_a_page_of_its_own(public: TestClient) -> None:
    """A code that is not there: 404, said on the page, and the search still there."""
    answer = public.get("/open?code=nothing")
    assert answer.status_code == 404
    assert "nothing" in answer.text
    assert 'name="q"' in answer.text


def test_the_start_page_leads_everybody_to_their_own(database_url: str, full: Engine, public: TestClient) -> None:
    """The public gets the open page at `/`, whoever is signed in the home of the role."""
    assert 'action="/open/at"' in public.get("/").text
    people: list[tuple[Actor, str]] = [
        (make_account(full, "head", "leader", "L01"), "/leader"),
        (make_account(full, "root", "admin"), "/admin/imports"),
        (make_account(full, "small", "officer", "L02"), "/grid"),
    ]
    for actor, home in people:
        with browse(database_url) as client:
            enter(client, full, actor)
            assert client.get("/").headers["Location"] == home


def test_the_map_draws_the_lowest_areas_or_asks_for_tiles(database_url: str, full: Engine, public: TestClient) -> None:
    """Every area without children is drawn; above the threshold the page holds none and asks for tiles."""
    html = public.get("/maps/open").text
    assert "三号网格" in html
    assert "松台村" in html
    assert "鹿城区" not in html
    assert "frame-ancestors 'self'" in public.get("/maps/open").headers["Content-Security-Policy"]
    with browse(database_url, tile_threshold=3) as client:
        light = client.get("/maps/open").text
        assert "三号网格" not in light
        assert "maplibre" in light


def test_the_page_works_on_an_empty_database(database_url: str) -> None:
    """Before the first import there is a page, a map and files without rows."""
    with browse(database_url) as client:
        assert "There is no data yet" in client.get("/open").text
        assert client.get("/maps/open").status_code == 200
        assert client.get("/open/data").status_code == 200
        assert client.get("/open/data/areas.geojson").json()["features"] == []


def test_errors_are_pages_in_the_frame_of_all_pages(public: TestClient) -> None:
    """A person's browser gets an error in the layout, with the way to sign in and a style sheet that may load."""
    answer = public.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'href="/login"' in answer.text
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]

"""No answer tells of our insides, and whatever a request brings in is no fault of ours.

What each route is asked comes from the table of expected answers, so a new route is tried as well.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi.dependencies.models import Dependant
from httpx2 import Response
from starlette.testclient import TestClient

from api import edge
from api.identity import COOKIE, CSRF_HEADER
from gis.services.areas import maps, responsibility, tiles
from gis.services.facilities import premises
from gis.services.facilities import read as facilities
from tests.access.conftest import INSIDE, Town, fill
from tests.access.test_authorization import ROUTES, _walk, new_name
from tests.api.awkward import application, serve
from tests.api.people import bearer

INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|sqlalchemy|psycopg|postgres(?:ql)?://|SELECT .+ FROM|fastapi|starlette|pydantic|uvicorn"
    r"|site-packages|RuntimeError|wrong inside|/tmp/|/usr/|host=|dbname",
    re.IGNORECASE,
)
"""Traces of a program: exceptions, files, libraries, statements and the address of the database."""

NASTY = (
    *("a%00b", "%ff%fe", "9" * 30, "1e400", quote("٣"), "x" * 5000, "9999-12-31", "0001-01-01"),
    "0001-01-01T00:00:00%2B14:00",
    quote("[1e400]\u202e'%s\\"),
)
"""Percent-encoded texts that trip a program: bytes that are no UTF-8 or that a database cannot hold, numbers too
large, signs that mean something elsewhere."""


@pytest.fixture(scope="module")
def own_town(cluster_database: str) -> Town:
    """A town that these tests may change."""
    return fill(cluster_database)


@pytest.fixture(scope="module")
def client(own_town: Town) -> Iterator[TestClient]:
    """A client that follows no redirect and gets the 500 a reader would get."""
    for client in serve(application(own_town.url)):
        client.follow_redirects = False
        yield client


FAULTS: tuple[tuple[Any, str, str, str], ...] = (
    (facilities, "list_facilities", "/api/facilities", "application/json"),
    (responsibility, "gaps", "/api/gaps/responsibility", "application/json"),
    (maps, "responsibility_page", "/maps/responsibility", "text/html"),
    (tiles, "tile", "/tiles/village/8/213/107", "application/json"),
    (premises, "export_premises", "/facilities.csv", "text/html"),
)
"""Where something breaks, and what is asked then: two routes of the API, a map, a tile, a download."""


@pytest.mark.parametrize(("module", "name", "path", "media"), FAULTS, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_fault_of_ours_tells_nothing(
    client: TestClient,
    own_town: Town,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    path: str,
    media: str,
    lang: str,
) -> None:
    """An unexpected exception is answered with 500 in the one format, without its text, with all headers."""

    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("wrong inside: postgresql://wangge@/wangge?host=/tmp SELECT * FROM account")

    assert hasattr(module, name)
    monkeypatch.setattr(module, name, broken)
    headers = bearer(own_town.tokens["chief"]) | {"Accept": media}
    answer = client.get(f"{path}?lang={lang}", headers=headers)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith(media)
    assert not INSIDES.search(answer.text)
    assert ("出" in answer.text) is (lang == "zh")
    if media == "application/json":
        assert set(answer.json()) == {"error", "message", "details"}
        assert answer.json()["error"] == "internal"
    assert {name for name in edge.SECURITY_HEADERS if name not in answer.headers} == set()


def test_control_insides_are_noticed() -> None:
    """The pattern finds what a careless answer would tell."""
    for text in ('File "/x/y"', "psycopg2.errors.UndefinedTable", "postgresql://u@h/d", "SELECT 1 FROM area"):
        assert INSIDES.search(text)


def test_nothing_there_is_said_in_the_one_format(client: TestClient) -> None:
    """Addresses that do not exist and methods that do not fit get 404 and 405 and name nothing of ours."""
    for path in ("/none", "/api/none", "/leader/none/none", "/tiles/x", "/assets/../api/main.py", "/.env"):
        for accept in ("application/json", "text/html"):
            answer = client.get(path, headers={"Accept": accept})
            assert answer.status_code in (404, 422), path
            assert not INSIDES.search(answer.text.replace(path, "")), answer.text
    for row in ROUTES:
        answer = client.request("PROPFIND", row["what"].split()[1].replace("{", "").replace("}", ""))
        assert answer.status_code in (404, 405), row["what"]
        assert not INSIDES.search(answer.text), answer.text


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row['what']} {row['how']}")
def test_no_value_is_a_fault_of_ours(client: TestClient, own_town: Town, row: dict[str, str]) -> None:
    """Every value of every request, replaced by something nasty, is answered below 500 and without our insides."""
    role = "admin" if " /admin" in row["what"] else "chief"
    for nasty in NASTY:
        for path, form in variants(client, row, nasty):
            answer = ask(client, own_town, row["what"].split()[0], path, form, role=role)
            assert answer.status_code < 500, (path, form, answer.text)
            if answer.status_code >= 400:
                assert not INSIDES.search(answer.text), (path, form, answer.text)


def variants(client: TestClient, row: dict[str, str], nasty: str) -> Iterator[tuple[str, str | bytes]]:
    """The request of a row with one value after the other replaced: parts of the path, parameters, fields."""
    path, _blank, sent = row["how"].partition(" ")
    for name, code in (INSIDE | {"uuid": str(uuid4()), "name": new_name()}).items():
        path, sent = path.replace(f"<{name}>", code), sent.replace(f"<{name}>", code)
    route = next(r for r in _walk(client.app.routes) if f"{min(r.methods)} {r.path}" == row["what"])  # type: ignore[attr-defined, arg-type]
    known = list(_flat(route.dependant))
    plain, _mark, query = path.partition("?")
    for part in re.findall(r"\{\w+\}", route.path):
        yield route.path.replace(part, nasty or "%20").replace("{", "").replace("}", ""), sent
    for name in {field.alias for part in known for field in part.query_params} - {"lang"}:
        others = [p for p in query.split("&") if p and not p.startswith(f"{name}=")]
        yield f"{plain}?" + "&".join([*others, f"{name}={nasty}"]), sent
    if sent.startswith("{"):
        yield from ((path, json.dumps(json.loads(sent) | {name: value})) for name in json.loads(sent) for value in ODD)
        yield from ((path, document) for document in BROKEN)
        return
    fields = {field.alias for part in known for field in part.body_params}
    for name in fields | {part.split("=")[0] for part in sent.split("&") if part}:
        others = [p for p in sent.split("&") if p and not p.startswith(f"{name}=")]
        yield path, "&".join([*others, f"{name}={nasty}"])


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    """What a route asks for, and what that asks for."""
    yield dependant
    for part in dependant.dependencies:
        yield from _flat(part)


ODD: tuple[Any, ...] = (None, 1e300, 10**30, -1, True, [], {}, "\x00", "x" * 5000, "\ud800", {"type": "Point"}, [[[]]])
BROKEN = (b"\xff", b"{", b'{"\xed\xa0\x80": 1}', b'{"\\ud800": 1}', b"[" * 5000, b"NaN", b'{"code": NaN}', b"")
"""JSON that is none, or that holds what no text is."""


SESSIONS: dict[tuple[str, str], tuple[str, str]] = {}


def signed_in(town: Town, role: str) -> tuple[str, str]:
    """One session for all requests of a role."""
    if (town.url, role) not in SESSIONS:
        SESSIONS[town.url, role] = town.sign_in(role)
    return SESSIONS[town.url, role]


def ask(client: TestClient, town: Town, method: str, path: str, sent: str | bytes, *, role: str) -> Response:
    """One request of the API with a token, of a page with a session and the secret of its forms."""
    headers = bearer(town.tokens[role])
    if not path.startswith(("/api/", "/tiles/")):
        session, secret = signed_in(town, role)
        headers = {"Cookie": f"{COOKIE}={session}", CSRF_HEADER: secret}
    if method != "GET":
        body = sent if isinstance(sent, bytes) else sent.encode()
        kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
        return client.request(method, path, content=body, headers=headers | {"Content-Type": kind})
    return client.get(path, headers=headers)


FORMS = (
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
    ("multipart/form-data", b"--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a\xff"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(3000))),
    ("application/x-www-form-urlencoded", b"name=" + b"x" * 3_000_000),
    ("application/x-www-form-urlencoded; charset=utf-7", b"name=+AAA-%ff"),
    ("application/json", b"\xff"),
    ("text/plain", b"\x00"),
    ("", b"name=x"),
)
"""Forms that are broken, huge or of another kind."""


@pytest.mark.parametrize(
    "what", sorted({row["what"] for row in ROUTES if row["what"].startswith("POST") and "sign-out" not in row["what"]})
)
def test_no_broken_form_is_a_fault_of_ours(client: TestClient, own_town: Town, what: str) -> None:
    """What a form should be and is not is answered with 4xx, or passed over where nothing of it is needed."""
    method, path = what.split()
    path = path.replace("{number}", "999").replace("{code}", INSIDE["correction"])
    for role in ("admin", "chief"):
        session, secret = own_town.sign_in(role)
        for kind, body in FORMS:
            for more in ({CSRF_HEADER: secret}, {}):
                headers = {"Cookie": f"{COOKIE}={session}", "Content-Type": kind, **more}
                answer = client.request(method, path, content=body, headers=headers)
                assert answer.status_code < 500, (kind, answer.text)
                assert not INSIDES.search(answer.text), (kind, answer.text)

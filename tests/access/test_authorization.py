"""The table of expected answers, `authorization.csv`: every route and every command, for each role, inside and outside.

A row is what is asked (`GET /api/areas/{code}`, or `wangge who`), how (a path with codes in braces and, after a blank,
a form or JSON; for a command the name of a call below), and what each role gets. The columns `leader`, `inspector` and
`officer` ask for records of their own village; `leader_out` and so on for those of the next street. A column that makes
no difference for a row holds what the other one does.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

import click
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.identity import COOKIE, CSRF_HEADER, SAFE
from gis.cli.commands import wangge as program
from tests.access.calls import CALLS, outcome
from tests.access.conftest import INSIDE, OUTSIDE, Town
from tests.api.awkward import application, serve
from tests.api.people import bearer
from tests.api.phones import basic

TABLE: Final = Path(__file__).parent / "authorization.csv"
COLUMNS: Final = (
    *("public", "admin", "leader", "inspector", "officer"),
    *("leader_out", "inspector_out", "officer_out"),
)
ROWS: Final = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
ROUTES: Final = [row for row in ROWS if not row["what"].startswith("wangge ")]
COMMANDS: Final = [row for row in ROWS if row["what"].startswith("wangge ")]


@pytest.fixture
def client(lasting_town: Town) -> Iterator[TestClient]:
    """A client of the lasting town that follows no redirect."""
    for client in serve(application(lasting_town.url)):
        client.follow_redirects = False
        yield client


def routes_of(app: FastAPI) -> set[str]:
    """Every method and path pattern that the application answers."""
    return {f"{method} {route.path}" for route in _walk(app.routes) for method in route.methods or ()}


def _walk(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """All routes, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(inner.routes)
        elif isinstance(route, APIRoute):
            yield route


def commands_of(group: click.Command, words: tuple[str, ...] = ("wangge",)) -> set[str]:
    """Every command with its words."""
    if not isinstance(group, click.Group):
        return {" ".join(words)}
    context = click.Context(group)
    names = group.list_commands(context)
    own = {" ".join(words)} if group.invoke_without_command else set[str]()
    return own.union(*(commands_of(cast("Any", group.get_command(context, n)), (*words, n)) for n in names))


def test_every_route_has_a_row(lasting_town: Town) -> None:
    """A route without a row, and a row without a route, fail; control: a new route is noticed."""
    app = application(lasting_town.url)
    listed = {row["what"] for row in ROUTES}
    assert routes_of(app) - listed == set()
    assert listed - routes_of(app) == set()
    app.add_api_route("/new", lambda: None)
    assert routes_of(app) - listed == {"GET /new"}


def test_every_command_has_a_row() -> None:
    """A command without a row, and a row without a command, fail."""
    assert {row["what"] for row in COMMANDS} == commands_of(program)


def test_every_row_is_whole() -> None:
    """No cell is empty, and no row stands twice."""
    assert all(row[column] for row in ROWS for column in ("what", "how", *COLUMNS))
    assert len({(row["what"], row["how"]) for row in ROWS}) == len(ROWS)


def split(column: str) -> tuple[str, dict[str, str]]:
    """The role of a column, and the codes that it asks for."""
    role, _out, elsewhere = column.partition("_out")
    return role, OUTSIDE if _out or elsewhere else INSIDE


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row['what']} {row['how']}")
def test_routes(client: TestClient, lasting_town: Town, row: dict[str, str]) -> None:
    """Each role gets the status that the table says."""
    found = {column: status(client, lasting_town, row, column) for column in COLUMNS}
    assert found == {column: int(row[column]) for column in COLUMNS}


def status(client: TestClient, town: Town, row: dict[str, str], column: str) -> int:
    """The status of one request: of the API with a token, of a page with a session and the secret of its forms.

    A telephone sends the token as its password.
    """
    role, codes = split(column)
    method = row["what"].split()[0]
    path, _blank, sent = row["how"].partition(" ")
    for name, code in (codes | {"uuid": str(uuid4()), "name": new_name()}).items():
        path, sent = path.replace(f"<{name}>", code), sent.replace(f"<{name}>", code)
    headers = {} if role == "public" else bearer(town.tokens[role])
    if headers and not path.startswith(("/api/", "/tiles/")):
        session, secret = town.sign_in(role)
        headers = {"Cookie": f"{COOKIE}={session}", CSRF_HEADER: secret}
    if role != "public" and path.startswith("/openrosa/"):
        headers = basic(town.actors[role].name, town.tokens[role])
    client.cookies.clear()
    if sent.startswith("{"):
        return client.request(method, path, json=json.loads(sent), headers=headers).status_code
    form = dict(part.split("=", 1) for part in sent.split("&")) if sent else None
    return client.request(method, path, data=form, headers=headers).status_code


def new_name() -> str:
    """A name that nobody has, of letters only."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)


def test_no_form_works_without_its_secret(client: TestClient, lasting_town: Town) -> None:
    """Whatever changes something over a session is refused without the secret of the session, and with another's."""
    session, _secret = lasting_town.sign_in("chief")
    foreign = lasting_town.sign_in("admin")[1]
    changes = sorted(route for route in routes_of(client.app) if route.split()[0] not in SAFE)  # type: ignore[arg-type]
    for route in changes:
        method, path = route.split()
        path = path.replace("{number}", "1").replace("{code}", INSIDE["correction"])
        for secret in (None, foreign):
            headers = {"Cookie": f"{COOKIE}={session}"} | ({CSRF_HEADER: secret} if secret else {})
            answer = client.request(method, path, headers=headers, data={"csrf": secret or ""})
            known = {
                "/login": {422},
                "/open/at": {200, 422},
                "/open/care": {200},
                "/reply/{token}": {404},
                "/openrosa/submission": {401},
            }
            expected = known.get(path, {403})
            assert answer.status_code in expected, (route, answer.text)
    assert len(changes) > 20


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: f"{row['what']} {row['how']}")
def test_commands(lasting_town: Town, row: dict[str, str], tmp_path: Path) -> None:
    """The services that a command calls answer each role as the table says; `machine` needs the machine itself."""
    call: Callable[..., object] | None = CALLS.get(row["how"])
    if row["how"] == "machine":
        assert {row[column] for column in COLUMNS} == {"-"}
        return
    assert call is not None, f"no call {row['how']}"
    workspace = lasting_town.workspace()
    found = {}
    for column in COLUMNS:
        role, codes = split(column)
        found[column] = outcome(call, workspace, lasting_town.actors[role], codes, tmp_path)
    workspace.close()
    assert found == {column: row[column] for column in COLUMNS}

"""The web application under many hands: signed-in people who browse the demo district, beside an empty page.

Each user opens a page about every ten seconds: the responsibility map, the card of an area, or the table of facilities,
of what the own officer answers for: one third leaders, inspectors and grid officers each. Nothing is asked for
conditionally, so every answer is whole. Before each, the same user asks another server for an empty FastAPI page: the
floor that framework, network and machine set. The load tool is Locust; it shares the machine with both servers. Two
runs: on a server just started, where everything is drawn for the first time, and then on the same server.
"""

import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
from fastapi import FastAPI

from gis.roles import SYSTEM
from gis.services.areas.read import list_areas
from gis.services.demo import load_demo
from gis.services.facilities.read import list_facilities
from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.api.people import make_account, make_session
from tests.benchmarks.figures import Figure, figure

USERS: Final = 500
SECONDS: Final = 120
PAGES: Final = ("map", "card", "table")
ARRIVAL_S: Final = 40
"""The users come one by one within so many seconds; what they ask until all are there is not counted."""
HERE: Final = Path(__file__).parent
BINARIES: Final = Path(sys.executable).parent
ROLES: Final = (("leader", (1, *range(6, 16))), ("inspector", range(6, 16)), ("officer", range(46, 151)))
"""Role, and the numbers of the officers of the demo district whom such accounts belong to: all answer for areas."""
MOST_CARDS: Final = 100
"""A user opens the cards of so many areas or facilities at most."""


def empty() -> FastAPI:
    """The peer: one page with nothing on it."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/", lambda: "")
    return app


def run(*, quick: bool) -> Iterator[Figure]:
    """p95 of each kind of page over all users, and how many requests failed."""
    users, seconds = (50, 15) if quick else (USERS, SECONDS)
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)
        people = home / "people.json"
        people.write_text(json.dumps(_sign_in(home, users)), encoding="utf-8")
        environment = {**os.environ, "WANGGE_HOME": str(home), "PEOPLE": str(people)}
        ours, peer = _free_port(), _free_port()
        wangge: list[str | Path] = [BINARIES / "wangge", "serve", "--port", str(ours)]
        bare: list[str | Path] = [BINARIES / "uvicorn", "tests.benchmarks.web:empty", "--factory", "--no-access-log"]
        bare += ["--log-level", "warning", "--port", str(peer)]
        try:
            with _process(wangge, environment, ours), _process(bare, environment, peer):
                environment |= {"PEER": f"http://127.0.0.1:{peer}"}
                cold = _load(environment, ours, home, users=users, seconds=seconds)
                rows = _load(environment, ours, home, users=users, seconds=seconds)
        finally:
            subprocess.run([BINARIES / "wangge", "db", "stop"], env=environment, check=True, capture_output=True)
    yield from _figures(cold, f"web: {users} users on a server just started")
    yield from _figures(rows, f"web: {users} users")


def _figures(rows: Mapping[str, Mapping[str, str]], what: str) -> Iterator[Figure]:
    floor = float(rows["empty"]["95%"])
    for name in PAGES:
        p95 = float(rows[name]["95%"])
        yield figure(f"{what}, {name}, p95", p95, "ms", peer="empty page", peer_value=floor)
    whole = rows["Aggregated"]
    yield figure(f"{what}, errors of {whole['Request Count']}", float(whole["Failure Count"]), "requests")


def _sign_in(home: Path, users: int) -> list[dict[str, Any]]:
    """The demo district with so many accounts: their roles, the keys of their sessions, and what they open cards of."""
    workspace = Workspace(Settings(home=home))
    load_demo(workspace, SYSTEM)
    people: list[dict[str, Any]] = []
    for number in range(users):
        role, officers = ROLES[number % 3]
        officer = f"O{officers[number // 3 % len(officers)]:03d}"
        actor = make_account(workspace.engine(), f"{role}-{number}", role, officer)  # type: ignore[arg-type]
        listing = list_facilities if role == "inspector" else list_areas
        own = listing(workspace, actor, limit=MOST_CARDS).frame["code"].tolist()
        people.append({"role": role, "cookie": make_session(workspace.engine(), actor)[0], "own": own})
    workspace.close()
    return people


def _load(environment: dict[str, str], port: int, home: Path, *, users: int, seconds: int) -> dict[str, dict[str, str]]:
    """Runs Locust and gives its table by name of the request."""
    command: list[str | Path] = [
        *(BINARIES / "locust", "--headless", "--only-summary", "--locustfile", HERE / "_web_users.py"),
        *("--host", f"http://127.0.0.1:{port}", "--users", str(users), "--spawn-rate", str(users / ARRIVAL_S)),
        *(
            "--run-time",
            f"{seconds + ARRIVAL_S}s",
            "--reset-stats",
            "--csv",
            home / "load",
            "--exit-code-on-error",
            "0",
        ),
    ]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    with (home / "load_stats.csv").open(encoding="utf-8") as file:
        return {row["Name"]: row for row in csv.DictReader(file)}


@contextmanager
def _process(command: Sequence[str | Path], environment: dict[str, str], port: int) -> Iterator[None]:
    """A server that answers, stopped at the end of the block."""
    process = subprocess.Popen(command, env=environment)
    try:
        for _attempt in range(300):
            try:
                httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:  # it still answers what it was asked before
            process.kill()
            process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

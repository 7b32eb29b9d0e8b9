"""Submissions of phones on a real server: sent many times at once, over a network that breaks off, fifty a second.

(a) 1,000 submissions, each sent eight times at once, some with a photo: how many records there are. (b) 1,000 more over
a proxy that breaks off a fifth of the connections, at any byte of request or answer; a phone sends again until it hears
201: how many of those are missing. (c) Fifty a second for five minutes, one in ten with a photo of 1,600 x 1,200 px,
none waiting for another; the latency counts from the moment at which a submission was due. The peer is an empty FastAPI
page asked at the same rate in the same run. Phones, both servers and the database share the machine.
"""

import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from typing import TypeVar

import numpy as np
from sqlalchemy import text

from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.benchmarks._phones import Breaking, Sending, make_sendings, post, settle_in
from tests.benchmarks.figures import Figure, figure
from tests.benchmarks.web import BINARIES, _free_port, _process

Answer = TypeVar("Answer")

COPIES = 8
RATE = 50
SECONDS = 300
LOSS = 0.2
MOST_TRIES = 50
PHONES = 64
STORED = 201


def run(*, quick: bool) -> Iterator[Figure]:
    """Doubles, losses, and latencies."""
    count, seconds = (100, 20) if quick else (1000, SECONDS)
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)
        workspace = Workspace(Settings(home=home))
        people = settle_in(workspace)
        environment = {**os.environ, "WANGGE_HOME": str(home)}
        ours, peer = _free_port(), _free_port()
        wangge: list[str | Path] = [BINARIES / "wangge", "serve", "--port", str(ours)]
        bare: list[str | Path] = [BINARIES / "uvicorn", "tests.benchmarks.web:empty", "--factory", "--no-access-log"]
        bare += ["--log-level", "warning", "--timeout-keep-alive", "120", "--port", str(peer)]
        try:
            with _process(wangge, environment, ours), _process(bare, environment, peer):
                yield from _many_at_once(workspace, ours, make_sendings(people, count, photo_every=4))
                yield from _breaking_off(workspace, ours, make_sendings(people, count, photo_every=4))
                sendings = make_sendings(people, RATE * seconds, photo_every=10)
                yield from _steadily(workspace, ours, peer, sendings)
        finally:
            workspace.close()
            subprocess.run([BINARIES / "wangge", "db", "stop"], env=environment, check=True, capture_output=True)


def _many_at_once(workspace: Workspace, port: int, sendings: Sequence[Sending]) -> Iterator[Figure]:
    copies = [sending for sending in sendings for _copy in range(COPIES)]
    statuses = Counter(_in_threads(copies, 2 * COPIES, lambda sending: _post_on(port, sending)))
    stored = _stored(workspace, sendings)
    what = f"submissions: {len(sendings):,} sent {COPIES} times at once"
    yield figure(f"{what}, stored", float(len(stored)), "records")
    yield figure(f"{what}, stored twice", float(sum(stored.values()) - len(stored)), "records")
    yield figure(f"{what}, answers other than 201 of {len(copies):,}", float(len(copies) - statuses[STORED]), "answers")
    photos = sum(sending.photo for sending in sendings)
    yield figure(f"{what}, photos stored of {photos}", float(_photos(workspace, sendings)), "photos")


def _breaking_off(workspace: Workspace, port: int, sendings: Sequence[Sending]) -> Iterator[Figure]:
    proxy = Breaking(port, share=LOSS, seed=1)

    def send(sending: Sending) -> int:
        for tries in range(1, MOST_TRIES):
            with closing(HTTPConnection("127.0.0.1", proxy.port, timeout=60)) as connection:
                if post(connection, sending) == STORED:
                    return tries
        return 0

    with proxy.running():
        tries = _in_threads(sendings, COPIES, send)
    stored = _stored(workspace, sendings)
    what = f"submissions: {len(sendings):,} over a network that breaks off {LOSS:.0%} ({proxy.broken} of {sum(tries)})"
    lost = sum(sending.number not in stored for sending in sendings)
    yield figure(f"{what}, lost", float(lost + tries.count(0)), "records")
    yield figure(f"{what}, stored twice", float(sum(stored.values()) - len(stored)), "records")
    missing = sum(sending.photo for sending in sendings) - _photos(workspace, sendings)
    yield figure(f"{what}, photos lost", float(missing), "photos")


def _steadily(workspace: Workspace, port: int, peer: int, sendings: Sequence[Sending]) -> Iterator[Figure]:
    begin = time.perf_counter() + 1
    due = {sending.number: begin + n / RATE for n, sending in enumerate(sendings)}

    def send(sending: Sending) -> tuple[bool, float]:
        status = _post_on(port, sending)
        return status == STORED, time.perf_counter() - due[sending.number]

    def ask(moment: float) -> float:
        _get_on(peer)
        return time.perf_counter() - moment

    with ThreadPoolExecutor(PHONES) as phones, ThreadPoolExecutor(8) as askers:
        sent, asked = [], []
        for sending in sendings:
            time.sleep(max(0.0, due[sending.number] - time.perf_counter()))
            sent.append(phones.submit(send, sending))
            asked.append(askers.submit(ask, time.perf_counter()))
        answers = [future.result() for future in sent]
        floor = np.percentile([future.result() for future in asked], [50, 95, 99]) * 1000
    what = f"submissions: {RATE} a second for {len(sendings) // RATE} s"
    stored = _stored(workspace, sendings)
    yield figure(f"{what}, stored of {len(sendings):,}", 100 * len(stored) / len(sendings), "%")
    yield figure(f"{what}, answers other than 201", float(sum(not good for good, _seconds in answers)), "answers")
    times = np.array([seconds for _good, seconds in answers]) * 1000
    for name, value, least in zip(("p50", "p95", "p99"), np.percentile(times, [50, 95, 99]), floor, strict=True):
        yield figure(f"{what}, {name}", float(value), "ms", peer="empty page", peer_value=float(least))
    with_photo = times[[sending.photo for sending in sendings]]
    yield figure(f"{what}, p95 of those with a photo", float(np.percentile(with_photo, 95)), "ms")


_thread = local()


def _connection(port: int) -> HTTPConnection:
    """The open connection of this thread to a server."""
    held: dict[int, HTTPConnection] = vars(_thread).setdefault("held", {})
    return held.setdefault(port, HTTPConnection("127.0.0.1", port, timeout=120))


def _post_on(port: int, sending: Sending) -> int | None:
    return post(_connection(port), sending)


def _get_on(port: int) -> None:
    connection = _connection(port)
    connection.request("GET", "/")
    connection.getresponse().read()


def _in_threads(sendings: Sequence[Sending], threads: int, send: Callable[[Sending], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(send, sendings))


def _stored(workspace: Workspace, sendings: Sequence[Sending]) -> Counter[str]:
    """Number of a submission -> how many inspections are recorded for it."""
    with workspace.owner_transaction() as connection:
        found = connection.execute(
            text("""
            SELECT r.id::text, count(*) FROM inspection_record r
            JOIN inspection i ON i.code = r.inspection_code AND upper_inf(i.recorded)
            WHERE r.id = ANY(CAST(:ids AS uuid[])) GROUP BY r.id"""),
            {"ids": [sending.number for sending in sendings]},
        )
        return Counter({row[0]: row[1] for row in found})


def _photos(workspace: Workspace, sendings: Sequence[Sending]) -> int:
    with workspace.owner_transaction() as connection:
        return int(
            connection.execute(
                text("SELECT count(*) FROM inspection_photo WHERE record_id = ANY(CAST(:ids AS uuid[]))"),
                {"ids": [sending.number for sending in sendings]},
            ).scalar_one()
        )

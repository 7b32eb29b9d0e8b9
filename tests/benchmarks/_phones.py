"""Telephones for a benchmark: filled-in forms of the demo district, and a network that breaks off."""

import asyncio
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from io import BytesIO
from threading import Thread
from uuid import uuid4

import numpy as np
from PIL import Image

from gis.checklists import latest
from gis.roles import SYSTEM
from gis.services.accounts.password import hash_password
from gis.services.demo import load_demo
from gis.services.facilities.read import list_facilities
from gis.services.workspace import Workspace
from gis.store import accounts
from tests.api.people import make_account
from tests.api.phones import basic, filled
from tests.store.inspecting import item_of

PASSWORD = "a long test password"
OFFICERS = range(6, 16)
"""Numbers of the officers of the demo district whom inspectors' accounts belong to."""
PATH = "/openrosa/submission"
BOUNDARY = "bench"


@dataclass(frozen=True)
class Sending:
    """One submission as bytes."""

    number: str
    body: bytes
    headers: Mapping[str, str]
    photo: bool


@dataclass(frozen=True)
class Person:
    """An inspector: the header of the account, the officer and a colleague, and codes of own clinics."""

    headers: Mapping[str, str]
    officers: str
    own: list[str]


def settle_in(workspace: Workspace) -> list[Person]:
    """The demo district with its inspectors."""
    load_demo(workspace, SYSTEM)
    hashed = hash_password(PASSWORD)
    kinds = latest()["clinic"].kinds
    people: list[Person] = []
    for number in OFFICERS:
        actor = make_account(workspace.engine(), f"phone-{number}", "inspector", f"O{number:03d}")
        assert actor.account is not None
        with workspace.owner_transaction() as connection:
            accounts.change(connection, actor.account, password_hash=hashed)
        frame = list_facilities(workspace, actor, limit=1000).frame
        colleague = OFFICERS[(number - OFFICERS[0] + 1) % len(OFFICERS)]
        own = frame.loc[frame["kind"].isin(kinds), "code"].tolist()
        people.append(Person(basic(actor.name, PASSWORD), f"O{number:03d} O{colleague:03d}", own))
    return [person for person in people if person.own]


def make_photo() -> bytes:
    """A picture of 1,600 x 1,200 pixels with the grain of a real one, as the form asks the phone for; 0.3 MB."""
    noise = np.random.default_rng(1)
    small = noise.integers(0, 255, (60, 80, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(small).resize((1600, 1200), Image.Resampling.BICUBIC), dtype=np.int16)
    grainy = np.clip(picture + noise.integers(-6, 6, picture.shape), 0, 255).astype(np.uint8)
    kept = BytesIO()
    Image.fromarray(grainy).save(kept, "JPEG", quality=80)
    return kept.getvalue()


def make_sendings(people: list[Person], count: int, *, photo_every: int) -> list[Sending]:
    """So many submissions, each of another visit; one in three finds something, one in `photo_every` has a photo."""
    picture, minor = make_photo(), item_of("minor")
    made: list[Sending] = []
    for n in range(count):
        person, number, photo = people[n % len(people)], str(uuid4()), n % photo_every == 0
        given = {minor + "_photo": "1.jpg"} if photo else {}
        form = filled(
            *([minor] if photo or n % 3 == 0 else []),
            number=number,
            facility=person.own[n // len(people) % len(person.own)],
            inspectors=person.officers,
            **given,
        )
        parts = {"xml_submission_file": form, **({"1.jpg": picture} if photo else {})}
        made.append(Sending(number, _multipart(parts), _headers(person), photo))
    return made


def post(connection: HTTPConnection, sending: Sending) -> int | None:
    """The status of the answer, read whole; None where the connection broke.

    As phones do, one that the server closed while nothing was asked is opened again.
    """
    for _try in range(2 if connection.sock else 1):
        try:
            connection.request("POST", PATH, sending.body, dict(sending.headers))
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            connection.close()
        else:
            return answer.status
    return None


def _headers(person: Person) -> dict[str, str]:
    return {**person.headers, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}


def _multipart(parts: Mapping[str, bytes]) -> bytes:
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode() + content
        for name, content in parts.items()
    ]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


class Breaking:
    """A network between phones and server that breaks off one connection in five, at any byte, either way."""

    def __init__(self, port: int, *, share: float, seed: int) -> None:
        self._port, self._share, self._random = port, share, random.Random(seed)
        self.broken = 0
        self.port = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Passes connections on until the block ends."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            loop.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request; where it is to break, a share of the request or of the answer comes through."""
        breaks, upward = self._random.random() < self._share, self._random.random() < 0.5
        self.broken += breaks
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        head = (await reader.readuntil(b"\r\n\r\n")).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        said = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        whole = len(head) + int(said[1] if said else 0)
        allowed = self._random.randrange(whole) if breaks and upward else whole
        back.write(head[:allowed])
        left = allowed - len(head)
        while left > 0 and (piece := await reader.read(min(left, 65536))):
            back.write(piece)
            await back.drain()
            left -= len(piece)
        if allowed == whole:
            answer = await there.read()
            writer.write(answer[: self._random.randrange(len(answer) + 1)] if breaks else answer)
            await writer.drain()
        if breaks:
            back.transport.abort()
            writer.transport.abort()
        else:
            back.close()
            writer.close()

"""Photos that wait for their record, while other requests of the same account come and go."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from gis.errors import DataRejected
from gis.roles import Actor
from gis.services.inspections import waiting_photos
from gis.settings import Settings
from gis.texts import use_language

INSPECTOR = Actor("inspector", "village", officer_code="L02", account=1)
PHOTO = bytes(range(256)) * 64


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_photos_come_while_others_are_renamed(settings: Settings) -> None:
    """Eight at once, of one record and of several: each is whole and none is refused."""
    same, others = str(uuid4()), [str(uuid4()) for _number in range(8)]

    def send(turn: int) -> None:
        for record in (same, others[turn % 8]):
            waiting_photos.put(settings, INSPECTOR, record, "a.jpg", PHOTO)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(400)))
    for record in (same, *others):
        assert waiting_photos.take(settings, INSPECTOR, record, {"a.jpg", "b.jpg"}) == {"a.jpg": PHOTO}


def test_a_record_is_stored_while_its_photos_come(settings: Settings) -> None:
    """Whoever sends too late is told so in a word; nothing else is ever raised."""
    record = str(uuid4())

    def send(turn: int) -> str:
        try:
            with use_language("en"):
                ask(turn % 4)
        except DataRejected as refused:
            return refused.message
        return ""

    def ask(what: int) -> None:
        match what:
            case 0:
                waiting_photos.forget(settings, INSPECTOR, record)
            case 1:
                waiting_photos.put(settings, INSPECTOR, record, "a.jpg", PHOTO)
            case 2:
                have = waiting_photos.arrived(settings, INSPECTOR, record, "b.jpg")
                waiting_photos.append(settings, INSPECTOR, record, "b.jpg", offset=have, piece=PHOTO[:100])
            case _:
                waiting_photos.take(settings, INSPECTOR, record, {"a.jpg", "b.jpg"})

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(send, range(2000)))
    assert all(not word or "stored meanwhile" in word or "Go on from there" in word for word in told)


def test_only_photos_are_counted(settings: Settings) -> None:
    """A record has so many photos and no more; what another request is still writing is none of them."""
    record = str(uuid4())
    for number in range(waiting_photos.MOST_PHOTOS - 1):
        waiting_photos.put(settings, INSPECTOR, record, f"{number}.jpg", b"1")
    (folder,) = (settings.home / waiting_photos.FOLDER).glob(f"*/{record}")
    (folder / ".half").write_bytes(b"1")
    waiting_photos.put(settings, INSPECTOR, record, "last.jpg", b"1")
    with use_language("en"), pytest.raises(DataRejected, match="at most"):
        waiting_photos.put(settings, INSPECTOR, record, "more.jpg", b"1")

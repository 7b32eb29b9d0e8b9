"""Messages are matched in English, whatever language is the default; and a workspace on the awkward district."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.texts import use_language
from tests.api.awkward import district, load


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts in English."""
    with use_language("en"):
        yield


@pytest.fixture
def workspace(engine: Engine, database_url: str) -> Iterator[Workspace]:
    """A workspace on the awkward district; L02 answers for one village, L01 for all of it."""
    load(engine, district())
    opened = Workspace(Settings(database_url=database_url))
    yield opened
    opened.close()

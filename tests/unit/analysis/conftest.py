"""Messages are compared in English here."""

from collections.abc import Iterator

import pytest

from gis.texts import use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test of this folder speaks English."""
    with use_language("en"):
        yield

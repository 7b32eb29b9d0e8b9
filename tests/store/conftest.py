"""Messages are matched in English, whatever language is the default."""

from collections.abc import Iterator

import pytest

from gis.texts import use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts in English."""
    with use_language("en"):
        yield

"""The catalogue: a text in the reader's language, and never a broken one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from gis.texts import LOCALES, N_, Language, _, catalogue, current_language, use_language


def test_the_language_belongs_to_the_block() -> None:
    """Inside the block texts are in its language; outside, and after an error inside, in the one before."""
    before = current_language()
    with use_language("en"):
        assert _("Area") == "Area"
        with use_language("zh"):
            assert _("Area") == "区域"
        assert current_language() == "en"
        with pytest.raises(ValueError, match="x"), use_language("zh"):
            raise ValueError("x")
        assert current_language() == "en"
    assert current_language() == before


def test_requests_do_not_share_a_language() -> None:
    """Two tasks at once each keep their own language."""

    async def read(language: Language) -> str:
        with use_language(language):
            await asyncio.sleep(0)
            return _("Area")

    async def both() -> list[str]:
        return list(await asyncio.gather(read("zh"), read("en")))

    with ThreadPoolExecutor(1) as pool:  # a thread of its own has no event loop yet, whatever ran before
        assert pool.submit(lambda: asyncio.run(both())).result() == ["区域", "Area"]


def test_values_fill_the_places() -> None:
    """Named places are filled after translation; braces in a value stay as they are."""
    with use_language("en"):
        assert _("Row {row}: {what}", row=3, what="{x}") == "Row 3: {x}"


def test_a_text_without_translation_is_english() -> None:
    """A text that the catalogue lacks is shown as it stands; without values it is not formatted."""
    with use_language("zh"):
        assert _("a text nobody translated {yet}") == "a text nobody translated {yet}"
    assert N_("Area") == "Area"


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_a_catalogue_cannot_be_changed(language: Language) -> None:
    """What one reader gets from the catalogue no other can spoil."""
    with pytest.raises(TypeError):
        catalogue(language)["Area"] = "x"  # type: ignore[index]

"""The translation catalogue: every text a user sees passes through `_`.

Message ids are the English texts; `data/locale/<language>/LC_MESSAGES/wangge.po` holds the translations and is
read as it is, so there is no compile step that could be forgotten. The language is a context variable: the
command line sets it once, the web application for each request.

    >>> with use_language("zh"):
    ...     _("Area")
    '区域'
    >>> with use_language("en"):
    ...     _("Area")
    'Area'
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType
from typing import Literal

from babel.messages.pofile import read_po

from gis.settings import DATA

Language = Literal["zh", "en"]
LOCALES: Mapping[Language, str] = {"zh": "zh_CN", "en": "en"}

_current: ContextVar[Language] = ContextVar("language", default="zh")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All translated texts of one language, English text -> translated text."""
    path = DATA / "locale" / LOCALES[language] / "LC_MESSAGES" / "wangge.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=LOCALES[language])
    texts = {str(m.id): str(m.string) for m in messages if m.id and m.string and not m.fuzzy}
    return MappingProxyType(texts)


def current_language() -> Language:
    """The language of this context: Chinese unless somebody chose."""
    return _current.get()


@contextmanager
def use_language(language: Language) -> Iterator[None]:
    """Every text inside the block is in this language."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def _(text: str, **values: object) -> str:
    """The text in the current language, with `{named}` places filled in."""
    translated = catalogue(_current.get()).get(text, text)
    return translated.format(**values) if values else translated


def N_(text: str) -> str:
    """Marks a text for the catalogue where it stands, to be translated later with `_`."""
    return text

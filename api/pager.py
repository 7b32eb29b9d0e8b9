"""The way from one page of a long list to the next, drawn by the macro `pager` of `templates/parts.html`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gis.texts import _

ROWS: Final = 50
"""Of a page of a list."""


@dataclass(frozen=True)
class Pager:
    """Addresses of the neighbouring pages, None where there is none, and the texts around them."""

    label: str
    here: str
    before: str | None
    after: str | None
    previous: str
    next: str


def page_through(total: int, *, size: int, offset: int, to: Callable[[int], str]) -> Pager:
    """The pager of a list that shows `size` of `total` rows from `offset`; `to` gives the address of another offset.

    >>> from gis.texts import use_language
    >>> with use_language("en"):
    ...     found = page_through(25, size=10, offset=10, to="?offset={}".format)
    >>> found.here, found.before, found.after
    ('Page 2 of 3', '?offset=0', '?offset=20')
    """
    pages = max(-(-total // size), 1)
    return Pager(
        label=_("Pages"),
        here=_("Page {page} of {pages}", page=offset // size + 1, pages=pages),
        before=to(max(0, offset - size)) if offset else None,
        after=to(offset + size) if offset + size < total else None,
        previous=_("Previous page"),
        next=_("Next page"),
    )

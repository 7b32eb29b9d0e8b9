"""What lists of premises share at the edge: the parameters of their search forms, and the words on them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Query

from api.pages import link
from gis.roles import PERMITTED, Actor
from gis.services.listing import ENDINGS
from gis.texts import N_

LINE: Final[dict[str, Any]] = {"max_length": 200, "pattern": r"^[^\x00]*$"}

Search = Annotated[str, Query(**LINE, description=N_("Part of a code, a name or an address."))]
Kind = Annotated[str, Query(**LINE, description=N_("Only this kind of facility."))]
Inside = Annotated[str, Query(**LINE, description=N_("Only in this area or one inside it."))]

FILTER_WORDS: Final[Mapping[str, str]] = {
    "search": N_("Search"),
    "search_hint": N_("Part of a code, a name or an address"),
    "filters": N_("Filters"),
    "kind": N_("Kind"),
    "area": N_("Area"),
    "any": N_("All"),
    "apply": N_("Apply"),
    "reset": N_("Clear the filters"),
    "download": N_("Download"),
    "idle": N_("Nothing is assigned to you today, so there is nothing to show."),
}


def downloads(path: str, actor: Actor, asked: Mapping[str, object]) -> list[tuple[str, str]]:
    """Name and address of the files that a list can be taken out as; none for who may not."""
    if actor.role not in PERMITTED["export"]:
        return []
    return [(ending.upper(), link(f"{path}.{ending}", asked)) for ending in ENDINGS[::-1]]


def asked_of(wanted: object) -> dict[str, object]:
    """The filters that are set, as they stand in an address."""
    return {name: int(value) if value is True else value for name, value in vars(wanted).items() if value}

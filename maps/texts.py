"""The texts of the map pages, by key, in both languages.

A page carries both catalogues, so that its reader can change the language without asking a server. Places in
braces are filled in by the page.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, get_args

from gis.texts import N_, Language, _, use_language

RESPONSIBILITY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": N_("Responsibility map"),
        "map": N_("Map of areas, the officers who answer for them, and gaps"),
        "as_of": N_("As of {on}"),
        "known": N_("as known on {known}"),
        "date": N_("Show another day"),
        "panel": N_("Search, layers and gaps"),
        "panel_open": N_("Show the panel"),
        "panel_close": N_("Hide the panel"),
        "search": N_("Search"),
        "search_hint": N_("Name or code of an area or facility"),
        "found": N_("{count} found"),
        "found_none": N_("Nothing found"),
        "level": N_("Level"),
        "auto": N_("Auto"),
        "auto_hint": N_("The level follows the zoom"),
        "colour": N_("Colour"),
        "by_officer": N_("By officer"),
        "by_state": N_("By state"),
        "coverage": N_("Coverage"),
        "of_level": N_("{covered} of {total} areas covered"),
        "gaps": N_("Gaps"),
        "more": N_("Show {count} more"),
        "none": N_("None"),
        "legend": N_("Legend"),
        "facilities": N_("Facilities"),
        "facility": N_("Facility"),
        "cluster": N_("{count} facilities; zoom in"),
        "gap_cluster": N_("{count} gaps; zoom in"),
        "zoom_in": N_("Zoom in"),
        "zoom_out": N_("Zoom out"),
        "full": N_("Full screen"),
        "home": N_("Whole district"),
        "code": N_("Code"),
        "kind": N_("Kind"),
        "officer": N_("Officer"),
        "officers": N_("Officers"),
        "area": N_("Area"),
        "area_code": N_("Area code"),
        "dwellings": N_("Dwellings"),
        "address": N_("Address"),
        "hours": N_("Opening hours"),
        "period": N_("Period"),
        "since": N_("since {from}"),
        "until": N_("until {to}"),
        "from_to": N_("{from} to {to}"),
        "who": N_("Who answers here"),
        "nobody": N_("Nobody"),
        "square_metres": N_("{area} m²"),
        "size": N_("Size"),
        "in_parent": N_("in {parent}"),
        "and": N_("{a} and {b}"),
        "leaves": N_("{child} leaves {parent}"),
        "covered": N_("Covered"),
        "vacant": N_("Vacant"),
        "doubled": N_("Doubled"),
        "hole": N_("Hole"),
        "overlap": N_("Overlap"),
        "outside": N_("Outside its parent"),
        "orphan": N_("Facility in no area"),
        "vacant_hint": N_("Nobody answers for it"),
        "doubled_hint": N_("Two officers answer for it as primary"),
        "hole_hint": N_("Ground of the parent that no area holds"),
        "overlap_hint": N_("Ground that two areas hold"),
        "outside_hint": N_("Ground that lies outside the parent"),
        "orphan_hint": N_("Facility outside every area"),
        "outline": N_("Outline of the whole"),
        "district": N_("District"),
        "street": N_("Street"),
        "village": N_("Village"),
        "grid": N_("Grid"),
        "unreadable": N_("This browser is too old to open this map. Use a current Chrome, Edge, Firefox or Safari."),
        "unreachable": N_("The server does not answer. What is shown may be incomplete."),
        "footer": N_("Only places, premises and officers are shown: wangge holds nothing about individual people."),
    }
)
"""Key -> English text of the responsibility page."""


def in_both_languages(texts: Mapping[str, str]) -> dict[Language, dict[str, str]]:
    """Language -> key -> text, ready to be written into a page."""
    both: dict[Language, dict[str, str]] = {}
    for language in get_args(Language):
        with use_language(language):
            both[language] = {key: _(text) for key, text in texts.items()}
    return both

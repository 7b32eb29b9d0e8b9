"""The texts of the maps for inspectors and grid officers, by key."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gis.texts import N_

FIELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title_premises": N_("Facilities on the map"),
        "title_grid": N_("My grid on the map"),
        "title_edit": N_("Draw the correction"),
        "map": N_("Map"),
        "zoom_in": N_("Zoom in"),
        "zoom_out": N_("Zoom out"),
        "full": N_("Full screen"),
        "home": N_("Show everything"),
        "locate": N_("Where am I"),
        "here": N_("You are about here, within {metres} m. This is not sent anywhere."),
        "nowhere": N_("Your position cannot be found, or this browser may not ask for it."),
        "code": N_("Code"),
        "kind": N_("Kind"),
        "area": N_("Area"),
        "address": N_("Address"),
        "machines": N_("Machines"),
        "licences": N_("Licences in force"),
        "valid": N_("Licence in force"),
        "lapsed": N_("Licence lapsed"),
        "none": N_("No licence"),
        "orphan": N_("Facility in no area"),
        "details": N_("Details"),
        "cluster": N_("{count} facilities; zoom in"),
        "officer": N_("Officer"),
        "department": N_("Department"),
        "nobody": N_("Nobody"),
        "neighbour": N_("Neighbouring area"),
        "undo": N_("Undo"),
        "remove": N_("Remove this corner"),
        "reset": N_("Start again"),
        "edit_hint": N_("Drag a corner, or tap it and then its new place. Tap an edge to add a corner."),
        "point_hint": N_("Drag the mark, or tap where the facility really stands."),
        "corner": N_("Corner {number}; the arrow keys move it"),
        "mark": N_("Place of the facility; the arrow keys move it"),
        "closer": N_("Zoom in to see the corners."),
        "crossing": N_("The boundary crosses itself."),
    }
)
"""Key -> English text."""

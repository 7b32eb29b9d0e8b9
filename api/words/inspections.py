"""The words of the desk's pages about inspections recorded on the spot."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gis.texts import N_

RESULTS: Final[Mapping[str, str]] = MappingProxyType(
    {"pass": N_("pass"), "conditions": N_("pass with conditions"), "fail": N_("fail")}
)

LIST_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tabs": N_("Which visits"),
        "filters": N_("Filters"),
        "search": N_("Search"),
        "search_hint": N_("Part of the code or the name of a facility"),
        "area": N_("Area"),
        "any": N_("All"),
        "apply": N_("Apply"),
        "reset": N_("Clear the filters"),
        "day": N_("Day"),
        "facility": N_("Facility"),
        "checklist": N_("Checklist"),
        "result": N_("Result"),
        "findings": N_("Findings"),
        "inspectors": N_("Inspectors"),
        "conflict": N_("conflict"),
        "late": N_("The day is over"),
        "none": N_("none"),
        "nothing": N_("No visit fits these filters."),
        "only": N_("Only facility {code}"),
        "record": N_("Record"),
        "give_up": N_("Give up"),
        "reason": N_("Reason"),
        "action": N_("What to do"),
    }
)

FORM_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "facility": N_("Facility"),
        "checklist": N_("Checklist"),
        "day": N_("Day"),
        "inspectors": N_("Inspectors, two at least"),
        "save": N_("Plan the visit"),
        "cancel": N_("Cancel"),
    }
)

VISIT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "back": N_("Inspection records"),
        "conflict": N_("Two people recorded this visit differently"),
        "conflict_hint": N_(
            "Both records are kept. Until one is chosen the outcome stays what it was. What differs is marked."
        ),
        "keep": N_("Keep this one"),
        "versions": N_("Versions, newest first"),
        "version": N_("Version {number}"),
        "in_conflict": N_("conflict"),
        "outcome": N_("in force"),
        "replaced": N_("replaced"),
        "differs": N_("differs"),
        "day": N_("Day"),
        "checklist": N_("Checklist"),
        "result": N_("Result"),
        "inspectors": N_("Inspectors"),
        "recorded_by": N_("Recorded by"),
        "recorded_at": N_("Recorded at"),
        "place": N_("Longitude and latitude"),
        "exact": N_("exact to {metres} m"),
        "hash": N_("Hash of the receipt"),
        "channel": N_("Sent with"),
        "web": N_("this site"),
        "openrosa": N_("a form application"),
        "correct": N_("Correct"),
        "basis": N_("Legal basis"),
        "photo": N_("Photo: {label}"),
        "facility": N_("Facility"),
    }
)

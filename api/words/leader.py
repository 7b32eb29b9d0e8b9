"""What the leader's page says, by the names that its templates use."""

from collections.abc import Mapping
from typing import Final

from gis.texts import N_

WORDS: Final[Mapping[str, str]] = {
    "as_of": N_("As of"),
    "slider": N_("Move through the days"),
    "show": N_("Show"),
    "today": N_("Today"),
    "map": N_("Responsibility map"),
    "tree": N_("Area tree"),
    "inside_of": N_("Areas in {name}"),
    "who": N_("Who answers"),
    "nobody": N_("nobody"),
    "deputy": N_("deputy"),
    "department": N_("Department"),
    "work_phone": N_("Work phone"),
    "since_day": N_("since {day}"),
    "gaps_title": N_("Vacancies and gaps inside"),
    "no_gaps": N_("None: every area inside has one officer, and no ground is lost or double."),
    "first_of": N_("The first {count} of {total}."),
    "facilities": N_("Facilities"),
    "sessions": N_("Outreach sessions in the last 90 days"),
    "areas": N_("Areas"),
    "trend": N_("Share of covered areas, month by month"),
    "trend_hint": N_("Of all areas in it, itself included, those with exactly one primary officer."),
    "inspected": N_("Inspection of the premises in it, month by month"),
    "registered": N_("Registered"),
    "within": N_("Inspected within the interval"),
    "overdue": N_("Overdue"),
    "never": N_("Never inspected"),
    "share_within": N_("Share within the interval"),
    "interval": N_("95 % interval"),
    "within_hint": N_("Of all premises registered on the day; the band is what so few premises can tell (95 %)."),
    "no_premises": N_("No premises are registered here on this day."),
    "due": N_("Which premises are due"),
    "low_to_high": N_("{low} to {high}"),
    "trend_table": N_("The same as a table"),
    "day": N_("Day"),
    "covered": N_("covered"),
    "share": N_("Share"),
    "m2": N_("{area} m²"),
    "changed": N_("What changed since"),
    "changed_hint": N_("In {name}, after {since} and up to {on}."),
    "compare": N_("Compare"),
    "no_changes": N_("Nothing changed."),
    "change": N_("area change {number}"),
    "export": N_("Export"),
    "export_hint": N_("{name} and everything in it, as of {on}. Each export is written to the audit."),
    "none_assigned": N_("No area is assigned to you today, so there is nothing to show."),
    "none_assigned_hint": N_("Whoever imports the assignments can enter you as primary or deputy of an area."),
    "none_in_force": N_("None of your areas was in force on {on}."),
    "to_today": N_("To today"),
}

STATES: Final[Mapping[str, str]] = {"vacant": N_("vacant"), "covered": N_("covered"), "doubled": N_("doubled")}

GAPS: Final[Mapping[str, str]] = {
    "vacant": N_("Vacant areas"),
    "doubled": N_("Doubled areas"),
    "holes": N_("Holes"),
    "overlaps": N_("Overlaps"),
    "outside": N_("Beyond the parent's boundary"),
    "orphans": N_("Facilities in no area"),
}
"""In the order of the card."""

GAP_HINTS: Final[Mapping[str, str]] = {
    "vacant": N_("No primary officer."),
    "doubled": N_("More than one primary officer."),
    "holes": N_("Ground of an area that none of the areas in it holds."),
    "overlaps": N_("Ground that two areas of one level hold."),
    "outside": N_("Ground of an area beyond the one that it is part of."),
    "orphans": N_("They stand on the ground of no area of the lowest level."),
}

WHAT: Final[Mapping[str, str]] = {"begun": N_("begun"), "changed": N_("changed"), "ended": N_("ended")}

KINDS: Final[Mapping[str, str]] = {
    "split": N_("split"),
    "merge": N_("merge"),
    "redraw": N_("redraw"),
    "recode": N_("recode"),
    "primary": N_("primary"),
    "deputy": N_("deputy"),
}

TARGETS: Final[Mapping[str, str]] = {
    "assignments": N_("Assignments"),
    "areas": N_("Areas"),
    "facilities": N_("Facilities"),
}

FORMATS: Final[Mapping[str, str]] = {"pdf": "PDF", "xlsx": "XLSX", "geojson": "GeoJSON", "html": "HTML"}

"""The words of the pages about imports."""

from collections.abc import Mapping
from typing import Final

from gis.services.imports.preview import Preview
from gis.texts import N_, _

COUNTS: Final[Mapping[str, str]] = {
    "rows": N_("Rows in the file"),
    "accepted": N_("Rows accepted"),
    "rejected": N_("Rejected"),
    "inserted": N_("New"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
}


def list_words(most_mb: int) -> dict[str, str]:
    """Of the list of imports and the form; `most_mb` is the size that an upload may have."""
    return {
        "new": _("Import a file"),
        "kind": _("Kind"),
        "file": _("File"),
        "file_hint": _(
            "CSV, XLSX, GeoJSON, GPKG, KML, KMZ, GeoParquet, a shapefile as one .zip or as its parts .shp, .shx, .dbf, "
            ".prj and .cpg together. Up to {size} MB.",
            size=most_mb,
        ),
        "too_big": _("The files are larger than {size} MB together. Split them.", size=most_mb),
        "datum": _("Datum of the coordinates"),
        "encoding": _("Encoding"),
        "found_out": _("found out from the file"),
        "partial": _("Take the good rows although others are rejected"),
        "preview": _("Show what would change"),
        "wait": _("Sending and checking. Large files take a minute."),
        "nothing_yet": _("Nothing is written before you confirm it."),
        "past": _("Imports so far"),
        "when": _("When"),
        "who": _("Who"),
        "inserted": _("New"),
        "changed": _("Changed"),
        "unchanged": _("Unchanged"),
        "none": _("There was no import yet."),
        "findings": _("What the search for personal data found"),
        "column": _("Column"),
        "rule": _("Rule"),
        "cells": _("Cells"),
        "place": _("Place"),
        "number": _("Number"),
    }


def preview_words(found: Preview) -> dict[str, str]:
    """Of a preview."""
    return {
        "evidence": _("How the file was read"),
        "file": _("File"),
        "kind": _("Kind"),
        "counts": _("What would happen"),
        "problems": _("Problems by row"),
        "none": _("No problems."),
        "severity": _("Severity"),
        "row": _("Row"),
        "column": _("Column"),
        "rule": _("Rule"),
        "message": _("Message"),
        "csv": _("All problems as CSV"),
        "sample": _("Some of the rows that are new or change"),
        "status": _("State"),
        "map": _("Map of what the import would change"),
        "confirm": _("Import now"),
        "discard": _("Give up and delete the upload"),
        "verdict": _verdict(found),
        "other": _("Choose another file"),
    }


def _verdict(found: Preview) -> str:
    """One sentence about whether it can go on."""
    if found.outcome == "rejected":
        partial = found.upload.options.partial
        more = "" if partial else " " + _("Correct the rows, or take the good rows alone.")
        return _("Nothing can be imported: the file has errors.") + more
    if not found.may_go_on:
        return _("The file holds nothing new.")
    return _("Nothing was written yet. The import would make these changes.")

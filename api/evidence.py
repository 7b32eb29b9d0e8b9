"""What the doctor found out about a file, as pairs of a name and a sentence in the reader's language."""

from collections.abc import Mapping
from typing import Any, Final

from gis.texts import N_, _

KINDS: Final[Mapping[str, str]] = {
    "areas": N_("Areas"),
    "officers": N_("Officers"),
    "assignments": N_("Assignments"),
    "facilities": N_("Facilities"),
    "licences": N_("Licences"),
    "equipment": N_("Equipment"),
    "operators": N_("Operators"),
    "outreach": N_("Outreach"),
    "inspections": N_("Inspections"),
    "population": N_("Population"),
    "births": N_("Births"),
    "times": N_("Travel times"),
}
"""Kinds of files as people call them, in the order in which they are usually imported."""

DATUMS: Final[Mapping[str, str]] = {
    "wgs84": "WGS84",
    "cgcs2000": "CGCS2000",
    "gcj02": N_("GCJ-02 (Amap, Tencent)"),
    "bd09": N_("BD-09 (Baidu)"),
}

_BY: Final[Mapping[str, str]] = {
    "option": N_("you said so"),
    "file": N_("the file says so"),
    "claimed-areas": N_("most points then lie in the area that they name"),
    "assumed": N_("assumed, because nothing speaks for another"),
    "given": N_("you said so"),
    "cpg": N_("the file says so"),
    "ldid": N_("the file says so"),
    "bom": N_("the file says so"),
    "score": N_("it reads best"),
}

_CRS: Final[Mapping[str, str]] = {
    "format": N_("degrees of WGS84, as the format demands"),
    "convention": N_("degrees of WGS84, as is usual"),
    "crs member": N_("as the file says"),
}

_NOTES: Final[Mapping[str, str]] = {
    "full-width": N_("full-width characters"),
    "open-end": N_("a far day for an open end"),
    "thousands": N_("separators of thousands"),
    "comma": N_("commas for the decimal point"),
    "blanks": N_("blanks within numbers"),
    "degrees-minutes": N_("degrees and minutes"),
    "degree-sign": N_("degree signs"),
    "other-date-form": N_("days written in other ways"),
    "excel-serial": N_("day numbers of a spreadsheet"),
}


def evidence_lines(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How the file was read, in the order in which it is decided."""
    lines = []
    if "format" in evidence:
        lines.append((_("Format"), str(evidence["format"])))
    if isinstance(encoding := evidence.get("encoding"), Mapping):
        lines.append((_("Encoding"), _because(str(encoding["chosen"]), encoding.get("by"))))
    if "separator" in evidence:
        sign = str(evidence["separator"])
        lines.append((_("Separator"), _("tab") if sign == "\t" else sign))
    if "layer" in evidence:
        lines.append((_("Layer"), str(evidence["layer"])))
    if "crs" in evidence:
        crs = str(evidence["crs"])
        lines.append((_("Reference system"), _(_CRS[crs]) if crs in _CRS else crs))
    if isinstance(datum := evidence.get("datum"), Mapping):
        lines.append((_("Datum"), _datum(datum)))
    if isinstance(axes := evidence.get("axes"), Mapping):
        lines.append((_("Axes"), _("longitude and latitude are exchanged (looked at {points} points)", **axes)))
    elif "datum" in evidence:
        lines.append((_("Axes"), _("longitude, then latitude")))
    lines += [
        (
            _("Read as meant"),
            _("column {column}: {rule}, {cells} cells", column=column, rule=_(_NOTES.get(what, what)), cells=cells),
        )
        for column, notes in evidence.get("converted", {}).items()
        for what, cells in notes.items()
    ]
    return lines


def _note(column: str, what: str, cells: int) -> str:
    return _("column {column}: {rule}, {cells} cells", column=column, rule=_(_NOTES.get(what, what)), cells=cells)


def _because(what: str, by: object) -> str:
    return _("{what} ({why})", what=what, why=_(_BY[str(by)])) if by in _BY else what


def _datum(datum: Mapping[str, Any]) -> str:
    name = DATUMS[datum["chosen"]]
    chosen = _because(_(name), datum.get("by"))
    shares = "; ".join(
        _("{datum}: {share} %", datum=_(DATUMS[name]), share=f"{100 * share:.1f}")
        for name, share in datum.get("candidates", {}).items()
    )
    if not shares:
        return chosen
    return _(
        "{chosen}. Of {points} points that name an area, so many lie in it under {shares}",
        chosen=chosen,
        points=datum["points"],
        shares=shares,
    )

"""What is issued in a case against a facility: the notice, the decision, proof of service, the report on its closure.

A document is made of plain values: paragraphs, tables, and lines to be signed. It names the facility and, where
somebody signs, the officers who work on the case; nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal

from gis.tables import SEVERITY_NAMES
from gis.texts import N_, Language, _, use_language
from maps.sheets.table import Column, Table, breakable, plain_text, printed
from maps.sheets.typeset import typeset

DocumentKind = Literal["notice", "decision", "service", "closure"]
TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notice": N_("Notice of violations and of the right to state and defend"),
        "decision": N_("Decision on the case"),
        "service": N_("Proof of service"),
        "closure": N_("Report on the closure of the case"),
    }
)


@dataclass(frozen=True)
class Found:
    """A finding as a document names it."""

    item: str
    severity: str
    found_on: str
    note: str | None


@dataclass(frozen=True)
class CaseSheet:
    """The content of one document."""

    kind: DocumentKind
    office: str | None
    number: str
    facility: str
    code: str
    on: date
    findings: Sequence[Found] = ()
    sections: Sequence[tuple[str, str]] = ()
    """Heading and running text, in the reader's language."""
    facts: Sequence[tuple[str, str]] = ()
    """Name and value, in a table."""
    signatures: Sequence[str] = ()
    """Who signs."""
    opening: str | None = field(default=None)
    """The first paragraph, after the name of the facility."""


def case_sheet(sheet: CaseSheet, *, lang: Language) -> bytes:
    """The document as PDF, A4."""
    with use_language(lang):
        return typeset("case", _content(sheet), lang=lang, on=sheet.on)


def _content(sheet: CaseSheet) -> dict[str, Any]:
    title = _(TITLES[sheet.kind])
    return {
        "title": title,
        "office": plain_text(sheet.office or _("The health authority")),
        "number": _("Case No. {number}", number=sheet.number),
        "addressee": plain_text(_("To: {facility}", facility=sheet.facility)) if sheet.opening else None,
        "opening": plain_text(sheet.opening or ""),
        "facts": [[plain_text(name), breakable(plain_text(value))] for name, value in sheet.facts],
        "findings": printed(_findings(sheet), empty=_("None")) if sheet.findings else None,
        "findings_title": _("Findings"),
        "sections": [
            {"title": heading, "lines": [plain_text(line) for line in text.splitlines() if line.strip()]}
            for heading, text in sheet.sections
        ],
        "signatures": list(sheet.signatures),
        "day": _("Date: {day}", day=sheet.on.isoformat()),
        "signed_on": _("Date"),
        "seal": _("(official seal)"),
        "page": _("Page {page} of {pages}"),
    }


def _findings(sheet: CaseSheet) -> Table:
    columns = (
        Column(_("Item"), "text", 34),
        Column(_("Severity"), "text", 9),
        Column(_("Found on"), "text", 13),
        Column(_("What was found"), "text", 34),
    )
    rows = [
        (
            plain_text(f.item),
            _(SEVERITY_NAMES[f.severity]),
            f.found_on,
            plain_text(f.note or "") or None,
        )
        for f in sheet.findings
    ]
    return Table(_("Findings"), columns, rows)

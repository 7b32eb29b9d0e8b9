"""How the firewall speaks: findings as sentences, that name place, column, rule and number of cells, never a value."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gis.intake.firewall_dates import DATES
from gis.intake.firewall_rules import DAMAGED, MASKED, MOBILE, OLD, PATTERN, RESIDENT
from gis.intake.firewall_words import PREGNANCY, PREGNANT_PERSON, PREGNANT_RESIDENT, looks_like_name
from gis.texts import N_, _
from gis.validate import Problem

HEADER: Final = "personal-header"
NAMES: Final = "names-beside-numbers"
HIDDEN: Final = "hidden-content"

_DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESIDENT: N_("resident numbers"),
        PATTERN: N_("numbers built like resident numbers"),
        OLD: N_("15-digit resident numbers"),
        MASKED: N_("masked resident numbers"),
        DAMAGED: N_("resident numbers damaged by a spreadsheet"),
        MOBILE: N_("mobile numbers"),
        PREGNANCY: N_("words of a pregnancy"),
        PREGNANT_PERSON: N_("a pregnancy beside a person"),
        PREGNANT_RESIDENT: N_("a pregnancy beside a resident number"),
        HEADER: N_("a header about a person"),
        NAMES: N_("names beside numbers of persons"),
        DATES: N_("dates 280 days from those of another column"),
    }
)
_LABEL_LENGTH: Final = 40
_LONG_DIGITS: Final = re.compile(r"(?:\d\W*){6}")


@dataclass(frozen=True)
class Finding:
    """One rule that hit one column of one place."""

    place: str | None
    """None: the main table."""
    column: str
    rule: str
    cells: int
    refuses: bool
    row: int | None = None
    """First row hit, counted from 1."""


def safe_label(text: str, position: int | None) -> str:
    """The header itself, or its place where it might be a value: digits, a name, a long text, nothing."""
    plain = unicodedata.normalize("NFKC", text).strip()
    shown = 0 < len(plain) <= _LABEL_LENGTH and not _LONG_DIGITS.search(plain) and not looks_like_name(plain)
    if shown or position is None:
        return plain if shown else _("(name withheld)")
    return _("column {number}", number=position + 1)


def refusal(findings: Sequence[Finding]) -> str:
    """One sentence for all findings that refuse a file."""
    parts = "; ".join(_describe(f) for f in findings)
    return _(
        "Personal data found, the whole file is refused and nothing of it is kept: {findings}. "
        "Remove it and import again; wangge holds no record about a person.",
        findings=parts,
    )


def refusal_of_text(field: str, rules: Sequence[str]) -> str:
    """One sentence for a running text that a form brought."""
    return _(
        "Personal data found in {field}: {rules}. Nothing was kept. Write it without any person; "
        "wangge holds no record about a person.",
        field=field,
        rules=", ".join(_(_DESCRIPTIONS[rule]) for rule in rules),
    )


def _describe(finding: Finding) -> str:
    values = {"column": finding.column, "rule": _(_DESCRIPTIONS[finding.rule]), "cells": finding.cells}
    if finding.place is None:
        return _("column {column}: {rule}, {cells} cells", **values)
    return _("{place}, column {column}: {rule}, {cells} cells", place=finding.place, **values)


def as_json(finding: Finding) -> dict[str, str | int | None]:
    """A finding for programs."""
    return {"place": finding.place, "column": finding.column, "rule": finding.rule, "cells": finding.cells}


def review(finding: Finding) -> Problem:
    """A finding that does not refuse, as a warning."""
    if finding.rule == HIDDEN:
        text = _(
            "{place} holds {cells} cells beside the table; they are not imported.",
            place=finding.place,
            cells=finding.cells,
        )
        return Problem(None, None, HIDDEN, "warning", text)
    text = _("Please review: {finding}.", finding=_describe(finding))
    row, column = (finding.row, finding.column) if finding.place is None else (None, None)
    return Problem(row, column, finding.rule, "warning", text)

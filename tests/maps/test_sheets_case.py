"""The documents of a case: tagged, the same bytes for the same content, and no text of theirs is a command."""

import io
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
from pypdf import PdfReader

from gis.texts import Language
from maps.sheets import CaseSheet, case_sheet
from maps.sheets.case import TITLES, DocumentKind, Found

SHEET = CaseSheet(
    kind="notice",
    office="云溪区卫生健康局",
    number="2026-1F0C9A3E",
    facility="白鹿诊所",
    code="F1",
    on=date(2026, 11, 2),
    findings=(Found("licence in force", "critical", "2026-10-30", "许可证已过有效期"),),
    sections=(("事实和理由", "第一行。\n第二行。"),),
    facts=(("送达方式", "直接送达"),),
    signatures=("受送达人",),
    opening="经检查，你单位存在不符合规定的情形。",
)


def words(pdf: bytes) -> str:
    """All text of the file without any space."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("lang", get_args(Language))
@pytest.mark.parametrize("kind", get_args(DocumentKind))
def test_each_kind_is_a_tagged_document(kind: DocumentKind, lang: Language) -> None:
    """Office, number, facility, findings, texts and signatures stand in it; it is PDF/UA and dated by its day."""
    pdf = case_sheet(replace(SHEET, kind=kind), lang=lang)
    opened = PdfReader(io.BytesIO(pdf))
    said = words(pdf)
    assert b"pdfuaid:part" in pdf
    assert opened.metadata is not None
    assert opened.metadata.creation_date is not None
    assert opened.metadata.creation_date.date() == SHEET.on
    for text in (
        "云溪区卫生健康局",
        "2026-1F0C9A3E",
        "白鹿诊所",
        "许可证已过有效期",
        "第二行。",
        "直接送达",
        "受送达人",
    ):
        assert text in said, text
    assert case_sheet(replace(SHEET, kind=kind), lang=lang) == pdf
    assert set(TITLES) == set(get_args(DocumentKind))


def test_no_text_is_a_command() -> None:
    """What stands in a text is printed as it is."""
    nasty = '#panic(1) $x$ *b* "'
    found = Found(nasty, "critical", "2026-10-30", nasty)
    sheet = replace(SHEET, facility=nasty, findings=(found,), sections=(("h", nasty),), facts=((nasty, nasty),))
    assert words(case_sheet(sheet, lang="en")).count("#panic(1)") >= 5


def test_long_texts_fill_pages() -> None:
    """Texts as long as a step takes run over pages, and signatures do not stand alone."""
    long = "\n".join(["设备未登记，许可证逾期。" * 30] * 9)
    pdf = case_sheet(replace(SHEET, sections=(("事实和理由", long), ("法律依据", long)) * 2), lang="zh")
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 3
    assert "设备未登记" in pages[-1].extract_text()

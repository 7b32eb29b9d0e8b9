"""The acceptance report of a campaign: what was to be reached, what was, and nothing about births."""

import io
from dataclasses import replace
from datetime import date
from typing import get_args

import pandas as pd
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from gis.texts import Language
from maps.sheets import CampaignReport, campaign_sheet, campaign_workbook

ROWS = pd.DataFrame(
    [
        ("330399002", "向阳街道", "street", "sessions", 4, 4),
        ("330399001", "和平街道", "street", "rectified", 3, 0),
        ("330399001", "和平街道", "street", "sessions", 10, 12),
        ("330399001", "和平街道", "street", "inspected", 40, 30),
    ],
    columns=["area", "area_name", "level", "measure", "target", "reached"],
)
REPORT = CampaignReport(
    code="ZX-1",
    name="超声机构专项治理",
    stages=[
        ("action", date(2026, 3, 15), date(2026, 9, 1)),
        ("launch", date(2026, 3, 1), date(2026, 3, 15)),
        ("acceptance", date(2026, 9, 1), date(2026, 10, 1)),
    ],
    rows=ROWS,
    accepted_on=date(2026, 9, 20),
    remark="第一段。\n#panic(1)",
)


def words(pdf: bytes) -> str:
    """All text of the file without any space."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def sheet(content: bytes, place: int) -> list[tuple[object, ...]]:
    """The rows of one sheet of a workbook, heading first."""
    book = load_workbook(io.BytesIO(content))
    return [tuple(row) for row in book.worksheets[place].iter_rows(values_only=True)]


@pytest.mark.parametrize("measure", ["births", "sex_ratio", "pregnancies", "", "Sessions"])
def test_only_work_is_measured(measure: str) -> None:
    """A report with any other measure than sessions, inspections and findings put right cannot be made."""
    with pytest.raises(ValueError, match="do not exist"):
        replace(REPORT, rows=ROWS.assign(measure=measure))


def test_only_stages_that_exist() -> None:
    """A stage of another name, and rows without a needed column, are refused."""
    with pytest.raises(ValueError, match="do not exist"):
        replace(REPORT, stages=[("party", date(2026, 1, 1), date(2026, 1, 2))])
    with pytest.raises(ValueError, match="target"):
        replace(REPORT, rows=ROWS.drop(columns="target"))


def test_what_the_report_tells() -> None:
    """Stages in their order with inclusive days, targets by area, what is missing, remark and lines to sign."""
    found = words(campaign_sheet(REPORT, lang="en"))
    assert "Launch2026-03-012026-03-14Action2026-03-152026-08-31Acceptance2026-09-012026-09-30" in found
    assert "330399001和平街道StreetFacilitiesinspected403075.0%" in found
    assert "Acceptedon2026-09-20" in found
    assert "第一段。#panic(1)" in found
    assert found.count("Date") == 3
    assert "Notacceptedyet" in words(campaign_sheet(replace(REPORT, accepted_on=None), lang="en"))


def test_an_area_does_not_hide_another() -> None:
    """The total may be reached although an area is not: the report counts the areas that reached theirs."""
    rows = ROWS[ROWS["measure"] == "sessions"].assign(target=[8, 8], reached=[16, 2])
    content = campaign_workbook(replace(REPORT, rows=rows), lang="en")
    assert sheet(content, 2)[1:] == [("Sessions held", "Street", 16, 18, 18 / 16, 2, 1)]
    assert sheet(content, 4)[1:] == [("330399001", "和平街道", "Street", "Sessions held", 8, 2, 6)]


def test_measures_stand_in_their_order() -> None:
    """Areas by code, and in each of them sessions, inspections, findings, whatever the order of the input."""
    listed = [(row[0], row[3]) for row in sheet(campaign_workbook(REPORT, lang="en"), 3)[1:]]
    assert listed == [
        ("330399001", "Sessions held"),
        ("330399001", "Facilities inspected"),
        ("330399001", "Findings put right"),
        ("330399002", "Sessions held"),
    ]


def test_a_target_of_nothing_has_no_rate() -> None:
    """With a target of 0 the rate is left open, and with no value reached it counts as none."""
    rows = ROWS.assign(target=[0, 1, 1, 1], reached=pd.array([0, None, 1, 1], dtype="Int64"))
    listed = sheet(campaign_workbook(replace(REPORT, rows=rows), lang="en"), 3)[1:]
    assert [row[-1] for row in listed] == [1, 1, 0, None]


@pytest.mark.parametrize("lang", get_args(Language))
def test_same_input_same_bytes(lang: Language) -> None:
    """Twice the same report is twice the same file."""
    assert campaign_sheet(REPORT, lang=lang) == campaign_sheet(REPORT, lang=lang)
    assert campaign_workbook(REPORT, lang=lang) == campaign_workbook(REPORT, lang=lang)


def test_a_campaign_without_targets_has_a_report() -> None:
    """No rows, no stages, no remark: every part says that it is empty."""
    empty = replace(REPORT, stages=[], rows=ROWS[:0], remark=None, accepted_on=None)
    assert words(campaign_sheet(empty, lang="en")).count("None") == 4
    assert campaign_workbook(empty, lang="zh")

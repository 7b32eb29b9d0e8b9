"""Sheets to print and to calculate with: frames and plain values in, the bytes of a PDF or a workbook out.

A sheet is described once, as tables of plain values (`maps.sheets.table`). From them come the PDF, set by typst from
the templates in this folder, and the workbook. The same input gives the same bytes.
"""

from maps.sheets.campaign import CampaignReport, campaign_sheet, campaign_workbook
from maps.sheets.case import CaseSheet, case_sheet
from maps.sheets.responsibility import responsibility_sheet, responsibility_workbook

__all__ = [
    "CampaignReport",
    "CaseSheet",
    "campaign_sheet",
    "campaign_workbook",
    "case_sheet",
    "responsibility_sheet",
    "responsibility_workbook",
]

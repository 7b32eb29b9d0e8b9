"""The acceptance report of a campaign: its stages, and what each area was to reach and did reach.

A *measure* counts work on premises or for the public: sessions held, facilities inspected, findings put right. No
other measure exists; in particular nothing about births can be a target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from gis.texts import N_, Language, _, use_language
from maps.sheets.table import Column, Table, plain_text, printed, rows_of
from maps.sheets.typeset import typeset
from maps.sheets.workbook import write_workbook
from maps.texts import RESPONSIBILITY

STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"launch": N_("Launch"), "action": N_("Action"), "acceptance": N_("Acceptance")}
)
MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sessions": N_("Sessions held"),
        "inspected": N_("Facilities inspected"),
        "rectified": N_("Findings put right"),
    }
)
_ROWS: Final = ("area", "area_name", "level", "measure", "target", "reached")


@dataclass(frozen=True)
class CampaignReport:
    """What a campaign set out to do and did. Raises ValueError for a stage or measure that does not exist."""

    code: str
    name: str
    stages: list[tuple[str, date, date]]
    """Stage (launch, action, acceptance), its first day, and the first day after it."""
    rows: pd.DataFrame
    """area, area_name, level, measure (sessions, inspected, rectified) (str), target, reached (int64)."""
    accepted_on: date | None
    remark: str | None

    def __post_init__(self) -> None:
        absent = [name for name in _ROWS if name not in self.rows.columns]
        strange = (set(self.rows["measure"]) - set(MEASURES) if not absent else set()) | (
            {key for key, _first, _after in self.stages} - set(STAGES)
        )
        if absent or strange:
            raise ValueError(f"columns that are missing: {absent}; stages or measures that do not exist: {strange}")


def campaign_sheet(report: CampaignReport, *, lang: Language) -> bytes:
    """The acceptance report as PDF, A4."""
    with use_language(lang):
        return typeset("campaign", _content(report), lang=lang, on=_dated(report))


def campaign_workbook(report: CampaignReport, *, lang: Language) -> bytes:
    """The acceptance report as XLSX: stages, totals, targets, what is not reached, remark."""
    with use_language(lang):
        stages, totals, targets, missed = _tables(report)
        about = Table(
            _("Campaign"),
            (Column(_("Item"), "text", 24), Column(_("Value"), "text", 60)),
            [
                (_("Code"), plain_text(report.code)),
                (_("Name"), plain_text(report.name)),
                (_("Accepted on"), report.accepted_on),
                (_("Remark"), plain_text(report.remark or "") or None),
            ],
        )
        return write_workbook([about, stages, totals, targets, missed], title=_title(report), on=_dated(report))


def _dated(report: CampaignReport) -> date:
    """The day of acceptance; before that, the last day that a stage names."""
    return report.accepted_on or max((after for _key, _first, after in report.stages), default=date(2000, 1, 1))


def _title(report: CampaignReport) -> str:
    return _("Acceptance report: {name}", name=plain_text(report.name))


def _content(report: CampaignReport) -> dict[str, Any]:
    stages, totals, targets, missed = _tables(report)
    accepted, footer = report.accepted_on, RESPONSIBILITY["footer"]
    return {
        "title": _title(report),
        "under": _("Code {code}", code=plain_text(report.code))
        + " · "
        + (_("Accepted on {day}", day=accepted.isoformat()) if accepted else _("Not accepted yet")),
        "page": _("Page {page} of {pages}"),
        "footer": _(footer),
        "tables": [printed(table, empty=_("None")) for table in (stages, totals, targets)]
        + [printed(missed, empty=_("Every target was reached."))],
        "remark": {
            "title": _("Remark"),
            "text": [plain_text(line) for line in (report.remark or "").splitlines() if line.strip()],
            "empty": _("None"),
        },
        "signatures": {
            "title": _("Signatures"),
            "lines": [_("Drawn up by"), _("Checked by"), _("Accepted by")],
            "date": _("Date"),
        },
    }


def _tables(report: CampaignReport) -> tuple[Table, Table, Table, Table]:
    rows = report.rows.assign(
        reached=report.rows["reached"].fillna(0),
        level=[_(RESPONSIBILITY.get(level, level)) for level in report.rows["level"]],
        order=report.rows["measure"].map({key: place for place, key in enumerate(MEASURES)}),
    ).sort_values(["area", "order"], kind="stable")
    rows["share"] = rows["reached"] / rows["target"].where(rows["target"] > 0)
    rows["missing"] = (rows["target"] - rows["reached"]).clip(lower=0)
    rows["label"] = [_(MEASURES[key]) for key in rows["measure"]]
    place = (Column(_("Area code"), "code", 17), Column(_("Area"), "text", 20), Column(_("Level"), "text", 8))
    numbers = (Column(_("Target number"), "count", 8), Column(_("Reached"), "count", 8), Column(_("Rate"), "share", 9))
    measure = Column(_("Measure"), "text", 18)
    names = ("area", "area_name", "level", "label", "target", "reached")
    return (
        _list_stages(report),
        _add_up(rows, (measure, place[2], *numbers)),
        Table(_("Targets by area"), (*place, measure, *numbers), rows_of(rows, (*names, "share"))),
        Table(
            _("Not reached"),
            (*place, measure, *numbers[:2], Column(_("Missing"), "count", 8)),
            rows_of(rows[rows["missing"] > 0], (*names, "missing")),
        ),
    )


def _list_stages(report: CampaignReport) -> Table:
    columns = (Column(_("Stage"), "text", 20), Column(_("First day"), "day"), Column(_("Last day"), "day"))
    order = list(STAGES)
    stages = sorted(report.stages, key=lambda stage: order.index(stage[0]))
    return Table(
        _("Stages"), columns, [(_(STAGES[key]), first, after - timedelta(days=1)) for key, first, after in stages]
    )


def _add_up(rows: pd.DataFrame, columns: tuple[Column, ...]) -> Table:
    """One row for each measure and level with targets: a district's target holds those of its streets.

    The rate is of the whole target, so that one area may hide another; therefore the number of areas that reached
    theirs stands beside it.
    """
    rows = rows.assign(done=rows["missing"] == 0)
    total = rows.groupby(["order", "level"], sort=False).agg(
        label=("label", "first"),
        level=("level", "first"),
        target=("target", "sum"),
        reached=("reached", "sum"),
        areas=("area", "nunique"),
        done=("done", "sum"),
    )
    total["share"] = total["reached"] / total["target"].where(total["target"] > 0)
    more = (Column(_("Number of areas"), "count", 10), Column(_("Areas that reached it"), "count", 12))
    names = ("label", "level", "target", "reached", "share", "areas", "done")
    return Table(_("Totals"), (*columns, *more), rows_of(total, names))

"""The person-data firewall on whole files: what it refuses, what it lets through, and its silence about values."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import DataRejected, FirewallRefused
from gis.intake.firewall import inspect
from gis.intake.firewall_report import safe_label
from gis.intake.firewall_rules import DAMAGED, MOBILE, PATTERN, RESIDENT
from gis.intake.read import HiddenPlace, read_file
from gis.intake.source import load_source
from gis.settings import ROOT
from gis.texts import use_language
from gis.validate import Problem
from tests.unit.intake.invented_files import mobile, raw, refused, resident, table

FACILITIES = load_source("facilities")
OFFICERS = load_source("officers")
LICENCES = load_source("licences")


# ---- columns that nobody declared


@pytest.mark.parametrize("header", ["孕周", "身份证号", "gestationalWeek", "mociyuejing", "姓名"])
def test_personal_header_refuses_the_file(header: str) -> None:
    """A facilities file with one column about people is refused, whatever stands in it."""
    assert refused(raw(table(**{header: ["1"] * 10}))) == {header: {"personal-header"}}


def test_harmless_unknown_column_is_rejected_as_data() -> None:
    """An undeclared column without a trace of a person is a fault of the file: exit 3, with the declared columns."""
    with use_language("en"), pytest.raises(DataRejected, match="备注") as caught:
        inspect(raw(table(备注=["好"] * 10)), FACILITIES)
    assert "lon" in caught.value.message
    assert caught.value.details == {"columns": ["备注"]}


def test_declared_alias_and_technical_columns_pass() -> None:
    """A Chinese alias is declared, and what file formats add by themselves is no unknown column."""
    frame = table(OBJECTID=[str(i) for i in range(10)]).rename(columns={"name": "机构名称"})
    assert inspect(raw(frame), FACILITIES) == ()


def test_staff_columns_hold_names_and_work_phones_only_where_declared() -> None:
    """姓名 and a mobile number are allowed in the staff columns of officers, and nowhere else."""
    staff = {"工号": ["O1"], "姓名": ["王小丽"], "work_phone": [mobile(1)]}
    frame = pd.DataFrame(staff).rename(columns={"工号": "code"}).astype("str")
    assert inspect(raw(frame), OFFICERS) == ()
    assert refused(raw(frame.assign(department=[mobile(2)])), OFFICERS) == {"department": {MOBILE}}
    assert refused(raw(frame.assign(work_phone=[resident(2)])), OFFICERS) == {"work_phone": {RESIDENT}}
    assert refused(raw(table(姓名=["王小丽"] * 10))) == {"姓名": {"personal-header"}}


# ---- columns


@pytest.mark.parametrize(("personal", "refuses"), [(3, True), (2, False)])
def test_share_of_filled_cells_decides(personal: int, refuses: bool) -> None:
    """In a declared column 30 % of the cells with content refuse; fewer ask for a review and name the first row."""
    cells = [None, "  ", *["人民路1号"] * (10 - personal), *[resident(i) for i in range(personal)]]
    file = raw(table(12, address=cells))
    if refuses:
        assert refused(file) == {"address": {RESIDENT}}
    else:
        (problem,) = inspect(file, FACILITIES)
        assert (problem.row, problem.column, problem.rule, problem.severity) == (11, "address", RESIDENT, "warning")


def test_licence_numbers_that_look_like_resident_numbers_pass() -> None:
    """Case numbers of region, date and serial pass the checksum 9 % of the time: to be reviewed, not refused."""
    numbers = [f"330302{20150101 + i % 28}{i:04d}" for i in range(1, 2000)]
    frame = pd.DataFrame({"facility_code": "F1", "number": numbers, "kind": "许可"}).astype("str")
    problems = inspect(raw(frame), LICENCES)
    assert {p.rule for p in problems} <= {RESIDENT, DAMAGED}
    assert all(isinstance(p, Problem) and p.severity == "warning" for p in problems)


@pytest.mark.parametrize(
    "codes",
    [
        [f"1330102{i:04d}" for i in range(100)],  # eleven digits of a county in Hebei
        [f"330302401{v:03d}{g:03d}" for v in range(1, 5) for g in range(1, 25)],  # a street that reads as 1940
    ],
)
def test_codes_that_count_up_are_no_people(codes: list[str]) -> None:
    """Codes of one region share their first digits or their "year of birth"; people do not."""
    assert inspect(raw(table(len(codes), area_code=codes)), FACILITIES) == ()
    people = [mobile(i) for i in range(100)]
    assert refused(raw(table(100, area_code=people))) == {"area_code": {MOBILE}}


def test_undeclared_column_with_values_of_persons_is_refused() -> None:
    """Under a harmless header one passing number, a third of numbers alike, or words of a pregnancy are enough."""
    assert refused(raw(table(备注=["好"] * 9 + [resident(1)])))["备注"] >= {RESIDENT}
    assert refused(raw(table(备注=["好"] * 6 + ["330302199001011230"] * 4)))["备注"] >= {PATTERN}
    assert refused(raw(table(备注=["好"] * 6 + ["孕12周"] * 4)))["备注"] == {"pregnancy-words"}
    assert refused(raw(table(周=["12+3", "8+0", "39+6"] + [None] * 7)))["周"] == {"pregnancy-words"}


def test_table_without_header_row_is_refused_without_showing_it() -> None:
    """Where the first row of data stands as header, the message names the column by its number."""
    number = resident(5)
    assert refused(raw(table(**{number: ["好"] * 10}))) == {safe_label(number, 5): {RESIDENT, PATTERN}}


def test_coordinates_in_long_decimals_are_cheap_and_clean() -> None:
    """Numbers under 1e10 in a column of numbers are nobody's, whatever their decimals; larger ones are looked at."""
    assert inspect(raw(table(lon=["120.110105194912310021"] * 10)), FACILITIES) == ()
    assert refused(raw(table(lon=[resident(i) for i in range(10)]))) == {"lon": {RESIDENT}}


# ---- shape


def periods(days: Sequence[int]) -> tuple[list[str], list[str]]:
    """Begin and end dates that lie so many days apart."""
    begins = [date(2023, 1, 1) + timedelta(days=11 * i) for i in range(len(days))]
    return [f"{b}" for b in begins], [f"{b + timedelta(days=d)}" for b, d in zip(begins, days, strict=True)]


@pytest.mark.parametrize(
    "form", ["{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0.year}年{0.month}月{0.day}日", "{0:%Y%m%d}", "serial"]
)
def test_undeclared_dates_280_days_apart_are_refused(form: str) -> None:
    """A last period and a due date are known by their distance, in every form of a date."""

    def write(text: str) -> str:
        day = date.fromisoformat(text)
        return str((day - date(1899, 12, 30)).days) if form == "serial" else form.format(day)

    begin, end = ([write(text) for text in side] for side in periods([280, 275, 290, 500, 30, 700]))
    assert refused(raw(table(6, a=begin, b=end))) == {"a": {"dates-280-days-apart"}, "b": {"dates-280-days-apart"}}


@pytest.mark.parametrize("days", [[365] * 30, [30, 90, 182, 270 - 10, 730] * 6, [280] * 19])
def test_honest_periods_pass(days: list[int]) -> None:
    """Declared periods of months and years pass, and so do few of 280 days."""
    begin, end = periods(days)
    assert inspect(raw(table(len(days), valid_from=begin, valid_to=end)), FACILITIES) == ()


def test_declared_periods_of_280_days_are_to_be_reviewed() -> None:
    """Where nearly all declared periods last 280 days, somebody should look, but a licence may last so long."""
    begin, end = periods([280] * 25)
    problems = inspect(raw(table(25, valid_from=begin, valid_to=end)), FACILITIES)
    assert {(p.column, p.severity) for p in problems} == {("valid_from", "warning"), ("valid_to", "warning")}


# ---- free text


def test_free_text_columns_are_read() -> None:
    """A pregnancy beside a resident number refuses from one cell on; beside a name it asks for a review."""
    clean = ["人民路1号"] * 9
    assert "address" in refused(raw(table(address=[*clean, f"孕妇家 {resident(1)}"])))
    (problem,) = inspect(raw(table(address=[*clean, "孕妇张丽家楼下"])), FACILITIES)
    assert (problem.row, problem.rule) == (10, "pregnancy-and-person")


# ---- hidden places


def place(rows: Sequence[Sequence[str | None]], name: str = "Sheet2") -> HiddenPlace:
    """A sheet as the workbook reader hands it over: columns are letters."""
    return HiddenPlace(name, pd.DataFrame(rows, columns=list("ABCDEFG"[: len(rows[0])])).astype("str"))


def test_one_resident_number_in_a_hidden_place_refuses() -> None:
    """One number that passes is enough outside the table."""
    rows = [["说明", "值"], *[[f"第{i}条", "无"] for i in range(50)], ["其他", resident(1)]]
    with pytest.raises(FirewallRefused) as caught:
        inspect(raw(table(), place(rows)), FACILITIES)
    assert {f["place"] for f in caught.value.details["findings"]} == {"Sheet2"}


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "身份证号"], ["王小丽", "123"]],
        [["登记表", None], ["姓名", "孕周"], ["王小丽", "12"]],
        [["王小丽", "330302199001011230"], ["陈芳", "330302198503022221"]],  # wrong check characters
        [["王小丽", "330302********1234"], ["陈芳", "330302********2222"]],
        [["王小丽", mobile(1)], ["陈芳", mobile(2)]],
    ],
)
def test_sheet_of_people_refuses(rows: list[list[str | None]]) -> None:
    """Names with numbers, or headers about people in any of the first rows, refuse the whole file."""
    assert refused(raw(table(), place(rows)))


@pytest.mark.parametrize(
    "rows",
    [
        [["填表说明"], ["经度纬度用小数，机构编码唯一"], ["本表不含孕妇、产妇的任何信息，发现即整表拒收"]],
        [["街道", "机构数"], ["云溪街道", "12"], ["澄江街道", "30"]],
    ],
)
def test_innocent_sheet_is_a_warning(rows: list[list[str | None]]) -> None:
    """A sheet of instructions or totals is not imported, and the report says so."""
    (problem,) = inspect(raw(table(), place(rows)), FACILITIES)
    assert (problem.rule, problem.severity) == ("hidden-content", "warning")
    assert "Sheet2" in problem.message


def test_hidden_rows_of_the_table_are_judged_as_the_table() -> None:
    """What stands in hidden rows under declared headers is declared: a filtered list of staff may come in."""
    frame = pd.DataFrame(
        {"code": ["O1", "O2"], "姓名": ["王小丽", "陈芳"], "work_phone": ["0000-1", mobile(1)]}
    ).astype("str")
    assert inspect(raw(frame, HiddenPlace("Sheet1: hidden rows", frame.tail(1))), OFFICERS) == ()


def test_workbook_with_hidden_people_is_refused(tmp_path: Path) -> None:
    """From the file on: a hidden sheet of names and numbers refuses; the same workbook without it comes in."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "name", "kind", "lon", "lat"])
    sheet.append(["F1", "仁和诊所", "诊所", 120.65, 28.0])
    book.save(tmp_path / "clean.xlsx")
    hidden = book.create_sheet("data")
    hidden.sheet_state = "hidden"
    hidden.append(["姓名", "身份证号码"])
    hidden.append(["王小丽", resident(1)])
    book.save(tmp_path / "people.xlsx")
    assert inspect(read_file(tmp_path / "clean.xlsx", FACILITIES), FACILITIES) == ()
    assert refused(read_file(tmp_path / "people.xlsx", FACILITIES))


# ---- a real city


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["areas.gpkg", "facilities.csv", "licences.csv"])
def test_registers_of_a_real_city_pass(name: str) -> None:
    """The registers of Chicago, with 17,173 licence numbers that end in dates, give not even a warning."""
    path = ROOT.parent / "shared" / "data" / "chicago" / name
    if not path.is_file():
        pytest.skip("the real data are not beside the repository")
    source = load_source(path.stem)
    assert inspect(read_file(path, source), source) == ()


# ---- silence about values


@settings(deadline=None, max_examples=60)
@given(
    numbers=st.lists(st.integers(0, 10**6), min_size=3, max_size=12, unique=True),
    column=st.sampled_from(["address", "name", "code", "备注", "身份证", "as header", "hidden", "place name"]),
    form=st.sampled_from(["{}", "身份证 {}", "孕妇张丽 {}"]),
    mobiles=st.booleans(),
    language=st.sampled_from(["zh", "en"]),
)
def test_no_value_is_ever_shown(numbers: list[int], column: str, form: str, mobiles: bool, language: str) -> None:
    """No four digits in a row of a planted value stand in the message or in the details."""
    planted = [mobile(n) if mobiles else resident(n) for n in numbers]
    cells = [form.format(p) for p in planted]
    file = raw(table(len(cells), **{column: cells}))
    if column == "as header":
        file = raw(table(len(cells), **{cells[0]: cells}))
    elif column in ("hidden", "place name"):
        name = cells[0] if column == "place name" else "Sheet2"
        file = raw(table(len(cells)), HiddenPlace(name, pd.DataFrame({"A": cells}).astype("str")))
    with use_language(language), pytest.raises(FirewallRefused) as caught:  # type: ignore[arg-type]
        inspect(file, FACILITIES)
    shown = caught.value.message + json.dumps(caught.value.details, ensure_ascii=False)
    assert not [p[i : i + 4] for p in planted for i in range(len(p) - 3) if p[i : i + 4] in shown]

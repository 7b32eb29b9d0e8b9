"""Reading a checklist: each rule has a control, a copy that breaks it, and a message that names the place."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from gis.checklists import FOLDER, Question, all_checklists, for_kind, latest, read_folder
from gis.checklists.read import read_checklist
from gis.errors import UsageError
from gis.policies import shipped_inspection_policy
from gis.tables import SEVERITIES
from gis.texts import use_language
from tests.unit.checklists.copies import CODE, add_rows, copy, edit_cell, edit_sheet, edit_toml, reread

ZH, EN = "label::中文 (zh)", "label::English (en)"
ITEM = "warning_at_door"
BASIS = 'legal_basis = "《医疗器械监督管理条例》第五十五条"'


def fault(folder: Path) -> str:
    """The message for a copy that must not be read."""
    with use_language("en"), pytest.raises(UsageError) as caught:
        reread(folder)
    return caught.value.message


@pytest.mark.parametrize("key", sorted(all_checklists()))
def test_a_shipped_checklist_is_whole(key: tuple[str, str]) -> None:
    """Eight to twelve items with severity, legal basis and both languages; the same fixed fields in each."""
    checklist = all_checklists()[key]
    assert (checklist.code, checklist.version) == key
    assert 8 <= len(checklist.items) <= 12
    for item in checklist.items:
        assert item.severity in SEVERITIES
        assert "《" in item.legal_basis
        assert set(item.label) == {"zh", "en"}
        assert item.group in {group.name for group in checklist.groups}
    names = [field.name for field in checklist.fields]
    assert names[:5] == ["facility", "plan", "inspected_on", "inspectors", "place"]
    assert names[-1] == "remark"
    assert len(set(names)) == len(names)
    assert sum(checklist.count_items().values()) == len(checklist.items)


def test_every_item_has_its_note_and_its_photo() -> None:
    """Both follow the item, say what they are about, and nothing else is about it."""
    for checklist in all_checklists().values():
        for item in checklist.items:
            about = [question for question in checklist.questions if question.about == item.name]
            assert [(q.name, q.type) for q in about] == [(f"{item.name}_note", "text"), (f"{item.name}_photo", "image")]


def test_serial_numbers_are_asked_before_the_items_about_machines() -> None:
    """The form of the ultrasound room asks what is on the plates before it asks whether they match."""
    fields = [field.name for field in latest()[CODE].fields]
    assert fields.index("serials_seen") < fields.index("machines_match") < fields.index("no_unregistered_machine")
    asked = next(field for field in latest()[CODE].fields if field.name == "serials_seen")
    assert isinstance(asked, Question)
    assert (asked.type, asked.about) == ("text", None)


def test_every_kind_of_the_policy_has_a_checklist() -> None:
    """Whatever kind of facility the inspection policy names can be inspected; its own checklist comes first."""
    for kind in shipped_inspection_policy().interval_days:
        assert for_kind(kind), kind
    assert [checklist.code for checklist in for_kind("超声室")] == ["ultrasound-room"]
    assert for_kind("诊所")[0].code == "clinic"
    assert [checklist.code for checklist in for_kind("妇幼保健院")] == ["ultrasound-room", "clinic"]


def test_an_unchanged_copy_is_read(tmp_path: Path) -> None:
    """The control of all below: the copy itself is sound, also after it was saved again."""
    folder = copy(tmp_path)
    edit_sheet(folder, lambda _sheet: None)
    assert reread(folder).items == latest()[CODE].items


def test_the_newest_version_is_that_of_the_highest_number(tmp_path: Path) -> None:
    """10 comes after 9, and both are kept."""
    folder = copy(tmp_path)
    for version in ("9", "10"):
        (folder / f"{version}.xlsx").write_bytes((FOLDER / CODE / "1.xlsx").read_bytes())
        text = (FOLDER / CODE / "1.toml").read_text(encoding="utf-8")
        (folder / f"{version}.toml").write_text(text.replace('"1"', f'"{version}"'), encoding="utf-8")
        book = openpyxl.load_workbook(folder / f"{version}.xlsx")
        book["settings"]["C2"] = int(version)
        book.save(folder / f"{version}.xlsx")
    assert [found.version for found in read_folder(tmp_path)] == ["1", "9", "10"]


@pytest.mark.parametrize(
    ("name", "column", "text", "named"),
    [
        (ITEM, "name", "rules_posted", "rules_posted stands twice"),
        (ITEM, "name", "Warning-Door", "a name begins with a to z"),
        (ITEM, "name", None, "a name begins with a to z"),
        (ITEM, EN, None, "write it in Chinese and in English"),
        (ITEM, ZH, None, "write it in Chinese and in English"),
        ("machines", EN, None, "write it in Chinese and in English"),
        ("machines_match", "hint::English (en)", None, "write it in Chinese and in English"),
        (ITEM, "required", None, "it must be yes"),
        (ITEM, "relevant", "${facility} = 'F1'", "it must be empty"),
        (ITEM, "type", "integer", "it must be text"),
        ("serials_seen", "type", "integer", "it must be text"),
        ("serials_seen", "type", "audio", "it must be text"),
        ("serials_seen", "type", "background-audio", "it must be text"),
        ("serials_seen", "type", "start", "it must be text"),
        ("place", "type", "geotrace", "it must be geopoint"),
        ("inspectors", "constraint", "count-selected(.) >= 1", "it must be count-selected(.) >= 2"),
        ("inspected_on", "constraint", None, "it must be . <= today()"),
        ("plan", "calculation", "'P1'", "it must be pulldata("),
        (f"{ITEM}_note", "relevant", None, f"it must be ${{{ITEM}}} = 'no'"),
        (f"{ITEM}_photo", "parameters", None, "it must be max-pixels=1600"),
        (f"{ITEM}_photo", "name", "snapshot", "it must follow the item that it is about"),
        (f"{ITEM}_note", "name", "warning_note", "it must follow the item that it is about"),
        ("machines", "type", "begin_repeat", "it must be text"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(
    tmp_path: Path, name: str, column: str, text: str | None, named: str
) -> None:
    """File, sheet, row and column, and what would do."""
    folder = copy(tmp_path)
    row = edit_cell(folder, name, column, text)
    message = fault(folder)
    assert named in message
    assert f"{folder / '1.xlsx'}, sheet survey, row {row}, column" in message


@pytest.mark.parametrize(
    ("column", "text"),
    [("form_id", "clinic"), ("version", "2"), ("form_title", "检查表"), ("default_language", "English (en)")],
)
def test_the_settings_are_those_of_the_file(tmp_path: Path, column: str, text: str) -> None:
    """Code, version, title and language stand in two places and agree."""
    folder = copy(tmp_path)
    edit_cell(folder, "", column, text, sheet="settings")
    assert f"sheet settings, row 2, column {column}: it must be" in fault(folder)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (f'severity = "serious"\n{BASIS}', f'severity = "grave"\n{BASIS}', "items.machine_papers.severity: it must be"),
        (f'severity = "serious"\n{BASIS}', BASIS, "items.machine_papers.severity: it must be one of clerical, minor"),
        (BASIS, "", "items.machine_papers.legal_basis: it is missing or empty"),
        (BASIS, 'legal_basis = " "', "items.machine_papers.legal_basis: it is missing or empty"),
        (BASIS, f"{BASIS}\nsource = 1", "items.machine_papers.source: it means nothing here"),
        ("[items.machine_papers]", "[items.machine_paper]", "items.machine_paper: the workbook has no item"),
        ("[items.machine_papers]", "[items.serials_seen]", "items.serials_seen: the workbook has no item"),
        ('code = "ultrasound-room"', 'code = "clinic"', 'code: it must be "ultrasound-room"'),
        ('version = "1"', "version = 1", 'version: it must be "1"'),
        ("kinds = [", 'author = "x"\nkinds = [', "author: it means nothing here"),
        ('en = "Ultrasound room"', "", "title.en: it is missing or empty"),
        ('en = "Ultrasound room"', 'fr = "Échographie"', "title.fr: it means nothing here"),
        ('"超声室", ', "7, ", "kinds: it must be a list of texts"),
        ("[title]", "[title", "is no TOML that can be read"),
    ],
)
def test_a_key_that_breaks_a_rule_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    """File and key, and what would do."""
    folder = copy(tmp_path)
    edit_toml(folder, old, new)
    message = fault(folder)
    assert named in message
    assert str(folder / "1.toml") in message


def test_an_item_without_a_line_in_the_toml_is_named_with_its_row(tmp_path: Path) -> None:
    """An item that nobody gave a severity cannot be asked."""
    folder = copy(tmp_path)
    whole = (folder / "1.toml").read_text(encoding="utf-8")
    assert ITEM in tomllib.loads(whole)["items"]
    edit_toml(folder, whole[whole.index(f"[items.{ITEM}]") :], "")
    assert f"1.toml has no [items.{ITEM}]; add it." in fault(folder)


def test_rows_that_must_follow_are_asked_for(tmp_path: Path) -> None:
    """An item without its note, a form without a fixed field, and a group that is never ended are refused."""
    folder = copy(tmp_path / "note")
    row = edit_cell(folder, ITEM, "name", ITEM)
    edit_sheet(folder, lambda sheet: sheet.delete_rows(row + 1))
    assert f"{ITEM}_note must follow it" in fault(folder)
    folder = copy(tmp_path / "remark")
    row = edit_cell(folder, "remark", "name", "remark")
    edit_sheet(folder, lambda sheet: sheet.delete_rows(row))
    assert "remark is missing" in fault(folder)
    folder = copy(tmp_path / "group")
    edit_sheet(folder, lambda sheet: sheet.delete_rows(row - 1))
    assert "the group notices is not ended" in fault(folder)
    folder = copy(tmp_path / "end")
    add_rows(folder, "remark", {"type": "end_group"})
    assert "no group is open here" in fault(folder)
    folder = copy(tmp_path / "nested")
    add_rows(folder, "machines", {"type": "begin_group", "name": "inner", ZH: "内", EN: "Inner"})
    assert "a group stands inside another" in fault(folder)


@pytest.mark.parametrize(
    ("sheet", "cell", "text", "named"),
    [
        ("survey", "N1", "media::image", "media::image: it means nothing here"),
        ("survey", "N1", "name", "name: it stands twice"),
        ("survey", "Q9", "x", "it stands in a column without a header"),
        ("settings", "F1", "submission_url", "submission_url: it means nothing here"),
        ("settings", "A3", "x", "there must be one row below the headers"),
        ("choices", "B4", "perhaps", "the list is ynna"),
        ("choices", "B4", "yes", "the list is ynna"),
        ("choices", "D4", None, "write it in Chinese and in English"),
    ],
)
def test_nothing_strange_gets_into_a_form(tmp_path: Path, sheet: str, cell: str, text: str | None, named: str) -> None:
    """A column, a setting or a choice that means nothing here is refused: answers cannot be sent elsewhere."""
    folder = copy(tmp_path)

    def change(cells: Worksheet) -> None:
        cells[cell] = text

    edit_sheet(folder, change, sheet=sheet)
    assert named in fault(folder)


def another_sheet(book: openpyxl.Workbook) -> None:
    book.create_sheet("entities").sheet_state = "hidden"


def missing_sheet(book: openpyxl.Workbook) -> None:
    del book["choices"]


def two_choices(book: openpyxl.Workbook) -> None:
    book["choices"].delete_rows(4)


@pytest.mark.parametrize(
    ("change", "named"),
    [(another_sheet, "entities"), (missing_sheet, "choices"), (two_choices, "needs yes, no and na")],
)
def test_the_sheets_are_the_three_that_mean_something(
    tmp_path: Path, change: Callable[[openpyxl.Workbook], None], named: str
) -> None:
    """A hidden sheet, or a missing one, is named."""
    folder = copy(tmp_path)
    book = openpyxl.load_workbook(folder / "1.xlsx")
    change(book)
    book.save(folder / "1.xlsx")
    assert named in fault(folder)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """No traceback: a missing file, a file that is no workbook, an odd version or code, an empty folder."""
    folder = copy(tmp_path)
    (folder / "1.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    assert "is no XLSX workbook" in fault(folder)
    (folder / "1.xlsx").unlink()
    assert "There is no file" in fault(folder)
    (folder / "1.toml").unlink()
    assert "There is no file" in fault(folder)
    for code, version, named in ((CODE, "draft", "a version is a whole number"), ("Ultra", "1", "name of the folder")):
        (tmp_path / code).mkdir(exist_ok=True)
        (tmp_path / code / f"{version}.toml").write_text("", encoding="utf-8")
        with use_language("en"), pytest.raises(UsageError, match=named):
            read_checklist(tmp_path / code, version)
    with use_language("en"), pytest.raises(UsageError, match="has no checklist"):
        read_folder(tmp_path / "nowhere")

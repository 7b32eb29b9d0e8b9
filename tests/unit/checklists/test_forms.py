"""The forms: every shipped one passes ODK Validate, none asks about a person, and controls of both are refused."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from gis.checklists import Checklist, all_checklists
from gis.checklists.xform import odk_validate, xform
from gis.errors import DataRejected, FirewallRefused, UsageError
from gis.roles import SYSTEM
from gis.services.inspections.checklists import check_checklists, refuse_person_questions
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.texts import use_language
from tests.unit.checklists.copies import copy, edit_cell, edit_toml, reread

EVERY = [all_checklists()[key] for key in sorted(all_checklists())]
ZH, EN = "label::中文 (zh)", "label::English (en)"
XF, JR = "{http://www.w3.org/2002/xforms}", "{http://openrosa.org/javarosa}"


@pytest.mark.parametrize("checklist", EVERY, ids=lambda checklist: checklist.code)
def test_a_shipped_form_passes_odk_validate(checklist: Checklist) -> None:
    """The Java program that ODK's own servers run finds nothing wrong."""
    assert odk_validate(xform(checklist)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (". &lt;= today()", ". &lt;= today("),
        ("pulldata(", "pulldatum("),
        ("/data/visit/facility", "/data/visit/nothing"),
        ("</h:html>", ""),
    ],
)
def test_control_odk_validate_sees_a_broken_form(old: str, new: str) -> None:
    """A path that does not parse, a function or a node that there is not, and XML that breaks off are found."""
    form = xform(EVERY[0])
    assert old in form
    assert odk_validate(form.replace(old, new))


@pytest.mark.parametrize("checklist", EVERY, ids=lambda checklist: checklist.code)
def test_a_form_collects_nothing_beside_its_questions(checklist: Checklist) -> None:
    """The instance holds the fields, an identifier and a name; no telephone, no clock, no track, no audit."""
    form = ElementTree.fromstring(xform(checklist))
    instance = next(form.iter(f"{XF}instance"))[0]
    assert (instance.get("id"), instance.get("version")) == (checklist.code, checklist.version)
    leaves = {node.tag.partition("}")[2] for node in instance.iter() if len(node) == 0}
    assert leaves == checklist.names | {"instanceID", "instanceName"}
    assert {node.get(f"{JR}preload") for node in form.iter()} == {None, "uid"}
    uploads = [node.get("mediatype") for node in form.iter(f"{XF}upload")]
    assert uploads == ["image/*"] * len(checklist.items)
    bound = {node.get("type") for node in form.iter(f"{XF}bind")}
    assert bound <= {"string", "date", "geopoint", "binary"}


@pytest.mark.parametrize("checklist", EVERY, ids=lambda checklist: checklist.code)
def test_no_shipped_question_asks_about_a_person(checklist: Checklist) -> None:
    """Names, labels, hints and legal bases pass the person-data firewall; the controls below do not."""
    refuse_person_questions(checklist)


@pytest.mark.parametrize(
    ("old", "column", "text"),
    [
        ("serials_seen", "name", "patient_name"),
        ("serials_seen", "name", "id_card"),
        ("serials_seen", "name", "yun_zhou"),
        ("serials_seen", ZH, "孕妇姓名"),
        ("serials_seen", ZH, "身份证号"),
        ("serials_seen", ZH, "终止妊娠药品使用者姓名"),
        ("serials_seen", EN, "Name of the patient"),
        ("serials_seen", "hint::中文 (zh)", "孕妇王小丽：看铭牌"),
        ("warning_at_door", EN, "Gestational week of each woman is noted"),
        ("machines", ZH, "患者"),
        ("warning_at_door_note", ZH, "病历号"),
    ],
)
def test_control_a_question_about_a_person_is_refused(tmp_path: Path, old: str, column: str, text: str) -> None:
    """Wherever it stands: a name, a label in one language, a group, a hint with a person in it."""
    folder = copy(tmp_path)
    edit_cell(folder, old, column, text)
    with use_language("en"), pytest.raises(FirewallRefused) as caught:
        refuse_person_questions(reread(folder))
    assert str(folder / "1.xlsx") in caught.value.message
    assert len(caught.value.details["findings"]) >= 1


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One that is never asked for a database."""
    return Workspace(Settings(home=tmp_path / "home"))


def test_the_check_says_what_odk_validate_said(tmp_path: Path, workspace: Workspace) -> None:
    """A form that can be read but breaks off in ODK Validate is refused with its file; the whole one passes."""
    folder = copy(tmp_path / "forms")
    assert [found.code for found in check_checklists(workspace, SYSTEM, tmp_path / "forms")] == ["ultrasound-room"]
    edit_cell(folder, "", "instance_name", "concat(${facility}, nonsense(1))", sheet="settings")
    with use_language("en"), pytest.raises(DataRejected, match="ODK Validate refuses the form") as caught:
        check_checklists(workspace, SYSTEM, tmp_path / "forms")
    assert str(folder / "1.xlsx") in caught.value.message
    assert "nonsense" in caught.value.details["odk_validate"]


def test_the_check_says_what_pyxform_said(tmp_path: Path, workspace: Workspace) -> None:
    """A reference to a question that there is not makes no form at all."""
    folder = copy(tmp_path / "forms")
    edit_cell(folder, "", "instance_name", "${nothing}", sheet="settings")
    with use_language("en"), pytest.raises(DataRejected, match="makes no XForm") as caught:
        check_checklists(workspace, SYSTEM, tmp_path / "forms")
    assert str(folder / "1.xlsx") in caught.value.message


def test_without_java_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No traceback, and nothing passes unchecked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with use_language("en"), pytest.raises(UsageError, match="Install it"):
        odk_validate(xform(EVERY[0]))


def test_a_form_is_made_anew_when_its_workbook_changed(tmp_path: Path) -> None:
    """What is kept belongs to one state of the file."""
    folder = copy(tmp_path)
    before = xform(reread(folder))
    edit_cell(folder, "remark", EN, "Anything else")
    assert "Anything else" not in before
    assert "Anything else" in xform(reread(folder))


def test_a_basis_with_a_resident_number_is_refused(tmp_path: Path) -> None:
    """The TOML beside the form is looked through as well."""
    folder = copy(tmp_path)
    edit_toml(folder, "第五十五条", "第五十五条 11010519491231002X")
    with pytest.raises(FirewallRefused):
        refuse_person_questions(reread(folder))

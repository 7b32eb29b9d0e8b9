"""Forms for telephones: the list, the forms, their manifests, and what each account chooses from.

Rules from docs.getodk.org/openrosa-form-list are named where they are tested.
"""

import csv
import hashlib
import io
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from gis.checklists import all_checklists, latest
from gis.roles import Actor
from gis.services.inspections.openrosa_forms import from_choice, to_choice
from gis.services.inspections.plans import give_up
from gis.services.workspace import Workspace
from tests.access.conftest import add
from tests.api.accounts_browser import browse, run
from tests.api.awkward import MARKUP, _held
from tests.api.people import make_account
from tests.api.phones import CLINIC, basic, filled, message, planned, send

LIST = "/openrosa/formList"
XFORMS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
CLINIC_AT = f"/openrosa/forms/clinic/{CLINIC.version}"


def listed(phone: TestClient, query: str = "", who: str = "village") -> list[dict[str, str]]:
    """The forms of the list, as tag -> text."""
    answer = phone.get(LIST + query, headers=basic(who))
    root = fromstring(answer.content)
    assert root.tag == XFORMS + "xforms"
    assert {form.tag for form in root} <= {XFORMS + "xform"}
    for form in root:
        assert len({part.tag for part in form}) == len(form), "each element stands once"
    return [{part.tag.removeprefix(XFORMS): part.text or "" for part in form} for form in root]


def rows(phone: TestClient, name: str, who: str = "village") -> list[dict[str, str]]:
    """The rows of a list of the clinic's form."""
    answer = phone.get(f"{CLINIC_AT}/{name}", headers=basic(who))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_list_has_what_it_must(phone: TestClient) -> None:
    """Each form: formID, name, version, hash, downloadUrl and manifestUrl, once each; text/xml in UTF-8."""
    answer = phone.get(LIST, headers=basic("village"))
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    forms = {form["formID"]: form for form in listed(phone)}
    assert {(code, form["version"]) for code, form in forms.items()} == {(c.code, c.version) for c in latest().values()}
    for form in forms.values():
        assert set(form) == {"formID", "name", "version", "hash", "downloadUrl", "manifestUrl"}
        assert form["downloadUrl"].startswith("https://wangge.example/openrosa/forms/")
    for name, title in CLINIC.title.items():
        assert title in phone.get(LIST, headers=basic("village") | {"Accept-Language": name}).text


def test_the_hash_is_that_of_the_file(phone: TestClient) -> None:
    """md5: of the form that the downloadUrl gives, which says the same formID and version."""
    for form in listed(phone):
        answer = phone.get(form["downloadUrl"], headers=basic("village"))
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert form["hash"] == "md5:" + hashlib.md5(answer.content).hexdigest()
        assert f'id="{form["formID"]}" version="{form["version"]}"' in answer.text


def test_the_query_of_the_list(phone: TestClient) -> None:
    """formID keeps to that form; a description only with verbose=true; all versions where asked; others are free."""
    assert [form["formID"] for form in listed(phone, "?formID=clinic")] == ["clinic"]
    assert listed(phone, "?formID=none") == []
    assert all("descriptionText" in form for form in listed(phone, "?verbose=true"))
    assert not any("descriptionText" in form for form in listed(phone, "?verbose=false&deviceID=x%3Ay&other=1"))
    assert len(listed(phone, "?listAllVersions=true")) == len(all_checklists())


def test_the_address_is_the_one_that_the_telephone_used(database_url: str, village: Actor) -> None:
    """A proxy that speaks TLS is believed where it is the public address; another name that was used is kept."""
    with browse(database_url, public_url="https://public.example") as client:
        for sent, told in (("http://public.example", "https://public.example"), ("https://10.0.0.7:8443",) * 2):
            answer = client.head(sent + "/openrosa/submission", headers=basic("village"))
            assert answer.headers["Location"] == told + "/openrosa/submission"


def test_the_manifest_has_hashes_of_what_it_names(phone: TestClient) -> None:
    """mediaFile: filename, hash and downloadUrl, once each; the hash is that of what this account downloads."""
    answer = phone.get(CLINIC_AT + "/manifest", headers=basic("village"))
    root = fromstring(answer.content)
    assert root.tag == MANIFEST + "manifest"
    files = [{part.tag.removeprefix(MANIFEST): part.text or "" for part in media} for media in root]
    assert [file["filename"] for file in files] == ["facilities.csv", "inspectors.csv"]
    for file in files:
        assert set(file) == {"filename", "hash", "downloadUrl"}
        content = phone.get(file["downloadUrl"], headers=basic("village")).content
        assert file["hash"] == "md5:" + hashlib.md5(content).hexdigest()
    used = {field.type.split()[-1] for field in CLINIC.questions if "from_file" in field.type}
    assert used == {file["filename"] for file in files}, "the form chooses from exactly these"


def test_an_account_gets_its_own_facilities(phone: TestClient, loaded: Engine) -> None:
    """Not one of a neighbour; control: who answers for it gets it. Only of kinds that the checklist is for."""
    assert [row["name"] for row in rows(phone, "facilities.csv")] == ["F1"]
    everything = {row["name"]: row for row in rows(phone, "facilities.csv", "chief")}
    assert set(everything) == {"F1", "F2"}, "F9 is of no kind"
    assert everything["F2"]["label"] == f"{MARKUP} (F2)", "quotes and commas come through"
    answer = phone.get("/openrosa/forms/pharmacy/1/facilities.csv", headers=basic("village"))
    assert answer.text == "name,label,plan\r\n"
    run(loaded, "UPDATE account SET officer_code = 'L99' WHERE name = 'village'")
    assert rows(phone, "facilities.csv") == [], "without an assignment there is none"


def test_downloads_are_in_the_audit(phone: TestClient, loaded: Engine) -> None:
    """Facilities leave the house with the telephone: who took how many is written down."""
    rows(phone, "facilities.csv")
    found = run(loaded, "SELECT who || ' ' || (details ->> 'rows') FROM audit WHERE action = 'export.facilities'")
    assert found == "village 1"


def test_planned_visits_are_named_and_come_first(phone: TestClient, served: Workspace, chief: Actor) -> None:
    """A facility carries the waiting visit: that of the own officer first, else any; none once it took place."""
    assert {row["plan"] for row in rows(phone, "facilities.csv", "chief")} == {""}
    given_up = planned(served, chief)
    give_up(served, chief, given_up, reason="雨")
    others = planned(served, chief, checklist="pharmacy")
    later = planned(served, chief, days=2)
    row = rows(phone, "facilities.csv", "chief")[0]
    assert (row["name"], row["plan"]) == ("F1", later)
    assert others not in row["plan"]
    send(phone, basic("village"), filled(plan=later))
    assert {row["plan"] for row in rows(phone, "facilities.csv", "chief")} == {""}


def test_the_own_visit_is_preferred(
    phone: TestClient, served: Workspace, loaded: Engine, chief: Actor, village: Actor
) -> None:
    """Where several visits wait, the one in which the account's officer takes part, the earliest of these."""
    add(loaded, "officers", _held({"code": ["L03"], "name": ["三"], "department": [None], "work_phone": [None]}))
    make_account(loaded, "third", "inspector", "L03")
    first = planned(served, chief, people="L01 L03")
    own = planned(served, chief, days=1)
    planned(served, chief, days=2)
    assert rows(phone, "facilities.csv")[0]["plan"] == own
    assert rows(phone, "facilities.csv", "chief")[0]["plan"] == first


def test_inspectors_are_those_who_may_go_along(phone: TestClient, loaded: Engine) -> None:
    """Officers with an account that inspects; the own one first; nothing but code, name and department."""
    assert [row["name"] for row in rows(phone, "inspectors.csv")] == ["L02", "L01"]
    assert rows(phone, "inspectors.csv")[1] == {"name": "L01", "label": "王五 卫健 (L01)"}
    run(loaded, "UPDATE account SET disabled = now() WHERE name = 'chief'")
    assert [row["name"] for row in rows(phone, "inspectors.csv")] == ["L02"]


def test_codes_with_blanks_stay_whole_among_several() -> None:
    """What is chosen comes parted by blanks, so a choice has none; the code comes back."""
    for code in ("O 1", "50% x", "组\u30001", "O%201", "O1"):
        assert from_choice(to_choice(code)) == code
        assert len(to_choice(code).split()) == 1


@pytest.mark.parametrize(
    "path", ["none/1.xml", "clinic/99.xml", "clinic/99/manifest", "none/1/facilities.csv", "clinic/1/other.csv"]
)
def test_what_there_is_not_is_404(phone: TestClient, path: str) -> None:
    """In an OpenRosaResponse, with a message; 401 for those without an account."""
    answer = phone.get("/openrosa/forms/" + path, headers=basic("village"))
    assert answer.status_code == 404
    assert message(answer)
    assert phone.get("/openrosa/forms/" + path).status_code == 401

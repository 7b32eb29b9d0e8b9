"""Submissions of telephones: stored once, in parts, corrected, refused with a message the telephone shows.

Rules from docs.getodk.org/openrosa-form-submission and openrosa-http are named where they are tested.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.routes.openrosa import MOST_FILES, MOST_MB
from gis.roles import Actor
from gis.services.inspections.receipts import of_record
from gis.services.workspace import Workspace, today
from gis.settings import Settings
from tests.api.accounts_browser import run
from tests.api.phones import URL, basic, filled, message, planned, send
from tests.browser.application import running
from tests.store.inspecting import item_of, photo

MINOR, SERIOUS = item_of("minor"), item_of("serious")
ME = basic("village")
METADATA = "{http://www.opendatakit.org/xforms}submissionMetadata"


def count(engine: Engine, table: str = "inspection_record") -> int:
    return int(run(engine, f"SELECT count(*) FROM {table}"))


def waiting(served: Workspace) -> list[str]:
    """Names of the photos that wait."""
    return sorted(file.name for file in (served.settings.home / "photos").glob("*/*/*"))


def with_photo(item: str = MINOR, name: str = "1700000000001.jpg") -> dict[str, str]:
    """The answer that names a photo."""
    return {item + "_photo": name}


def test_head_says_where_to_send(phone: TestClient) -> None:
    """HEAD: 204 without content, an absolute Location on the same host, the version and the size that is taken."""
    answer = phone.head(URL + "?deviceID=collect%3Ax", headers=ME)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Location"] == "https://wangge.example/openrosa/submission"
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert int(answer.headers["X-OpenRosa-Accept-Content-Length"]) == 10_000_000


def test_a_submission_is_a_record(phone: TestClient, loaded: Engine, served: Workspace, village: Actor) -> None:
    """POST multipart/form-data with xml_submission_file and a part for each photo: 201, an envelope, all stored."""
    number, picture = str(uuid4()), photo()
    form = filled(MINOR, number=number, remark="门牌已更换", **with_photo(), **{MINOR + "_note": "过期"})
    answer = send(phone, ME, form, {"1700000000001.jpg": picture})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    receipt = of_record(served, village, number)
    record = receipt["record"]
    assert receipt["sha256"][:12] in message(answer)
    assert "photos: 1" in message(answer)
    metadata = fromstring(answer.content).find(METADATA)
    assert metadata is not None
    assert metadata.get("instanceID") == f"uuid:{number}"
    assert record["channel"] == "openrosa"
    assert (record["lat"], record["lon"], record["accuracy_m"]) == (28.015, 120.005, 8.0)
    assert (record["facility_code"], record["inspectors"]) == ("F1", ["L01", "L02"])
    assert (record["answers"]["remark"], record["answers"][MINOR + "_note"]) == ("门牌已更换", "过期")
    assert [(p["field"], p["name"]) for p in receipt["photos"]] == [(MINOR + "_photo", "1700000000001.jpg")]
    assert [finding["item"] for finding in receipt["findings"]] == [MINOR]
    assert not {"facility", "place", "instanceName", MINOR + "_photo"} & set(record["answers"])


def test_a_resend_has_the_same_answer(phone: TestClient, loaded: Engine) -> None:
    """openrosa-http: answers are idempotent. Eight at once and again later: one record, one answer, one audit row."""
    form, pictures = filled(MINOR, **with_photo()), {"1700000000001.jpg": photo()}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(phone, ME, form, pictures), range(16)))
    answers.append(send(phone, ME, form, pictures))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count(loaded) == count(loaded, "inspection_photo") == count(loaded, "finding") == 1
    assert run(loaded, "SELECT count(*) FROM audit WHERE action = 'inspections.record'") == 1


def test_parts_wait_for_the_last_one(phone: TestClient, loaded: Engine, served: Workspace) -> None:
    """*isIncomplete* is answered 202 and stores no record; the last part makes the record."""
    form = filled(MINOR, SERIOUS, **with_photo(name="a.jpg"), **with_photo(SERIOUS, "b.jpg"))
    first, second = {"a.jpg": photo()}, {"b.jpg": photo(width=60)}
    answer = send(phone, ME, form, first, last=False)
    assert (answer.status_code, count(loaded)) == (202, 0)
    assert message(answer).startswith("1 ")
    assert waiting(served) == ["a.jpg"]
    done = send(phone, ME, form, second)
    assert (done.status_code, count(loaded, "inspection_photo"), waiting(served)) == (201, 2, [])
    assert send(phone, ME, form, first, last=False).status_code == 202, "the whole row again, after a lost answer"
    assert waiting(served) == []
    assert send(phone, ME, form, second).content == done.content


def test_a_part_may_come_again(phone: TestClient, loaded: Engine, served: Workspace, village: Actor) -> None:
    """The same part eight times at once is one photo, whole; a part that broke off is replaced."""
    number, picture = str(uuid4()), photo(width=800, height=600)
    form = filled(MINOR, number=number, **with_photo(name="a.jpg"))
    folder = served.settings.home / "photos"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(phone, ME, form, {"a.jpg": picture}, last=False), range(16)))
    assert {answer.status_code for answer in answers} == {202}
    (file,) = folder.glob(f"*/{number}/a.jpg")
    assert file.read_bytes() == picture
    file.write_bytes(picture[:100])
    send(phone, ME, form, {"a.jpg": picture}, last=False)
    assert file.read_bytes() == picture
    assert send(phone, ME, form).status_code == 201


def test_parts_of_another_account_are_apart(phone: TestClient, loaded: Engine) -> None:
    """What somebody else sent under the same number does not fill in for a photo; control: one's own does."""
    form = filled(MINOR, **with_photo(name="a.jpg"))
    send(phone, basic("chief"), form, {"a.jpg": photo()}, last=False)
    answer = send(phone, ME, form)
    assert (answer.status_code, count(loaded)) == (400, 0)
    assert "a.jpg" in message(answer)
    assert send(phone, basic("chief"), form).status_code == 201


def test_files_that_no_answer_names_are_left_out(phone: TestClient, loaded: Engine, served: Workspace) -> None:
    """A telephone sends whatever lies in its folder; only what an answer names is looked at or kept."""
    answer = send(phone, ME, filled(), {"audit.csv": b"where,when", "old.jpg": b"no photo"})
    assert (answer.status_code, count(loaded, "photo"), waiting(served)) == (201, 0, [])
    assert send(phone, ME, filled(), {"../../x.jpg": photo(), "old.jpg": photo()}, last=False).status_code == 202
    assert waiting(served) == []


@pytest.mark.parametrize("content", [b"", b"no photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", photo()[:200]])
def test_a_wrong_photo_is_refused(phone: TestClient, loaded: Engine, content: bytes) -> None:
    """With a message that names it, and nothing is stored; control: the same record with a photo is taken."""
    form = filled(MINOR, **with_photo(name="a.jpg"))
    answer = send(phone, ME, form, {"a.jpg": content})
    assert (answer.status_code, count(loaded), count(loaded, "photo")) == (400, 0, 0)
    assert "a.jpg" in message(answer)
    assert send(phone, ME, form, {"a.jpg": photo()}).status_code == 201


def test_a_correction_replaces(phone: TestClient, loaded: Engine, served: Workspace, village: Actor) -> None:
    """openrosa-metadata: deprecatedID names what is corrected; a photo that does not come again is kept from there."""
    first, second, third = (str(uuid4()) for _ in range(3))
    pictures = {"a.jpg": photo()}
    send(phone, ME, filled(MINOR, number=first, **with_photo(name="a.jpg")), pictures)
    changed = filled(MINOR, SERIOUS, number=second, corrects=first, **with_photo(name="a.jpg"))
    answer = send(phone, ME, changed)
    assert answer.status_code == 201, answer.text
    receipt = of_record(served, village, second)
    assert receipt["record"]["corrects"] == [first]
    assert receipt["photos"][0]["sha256"] == of_record(served, village, first)["photos"][0]["sha256"]
    assert {finding["item"] for finding in receipt["findings"]} == {MINOR, SERIOUS}
    assert send(phone, ME, changed).content == answer.content
    lost = filled(MINOR, number=third, corrects=second, **with_photo(name="other.jpg"))
    assert send(phone, ME, lost).status_code == 400, "control: a photo that nobody ever sent is missed"
    assert send(phone, ME, filled(corrects=str(uuid4()))).status_code == 400
    assert run(loaded, "SELECT count(*) FROM inspection WHERE upper_inf(recorded)") == 1


def test_two_records_of_one_visit_are_both_kept(
    phone: TestClient, loaded: Engine, served: Workspace, village: Actor
) -> None:
    """Two phones that knew nothing of each other: the second is stored too, and its owner is told."""
    number = planned(served, village)
    one = send(phone, ME, filled(plan=number))
    two = send(phone, basic("chief"), filled(MINOR, plan=number))
    assert (one.status_code, two.status_code, count(loaded)) == (201, 201, 2)
    assert "another record" not in message(one)
    assert "another record" in message(two)


def test_a_number_is_one_records(phone: TestClient, loaded: Engine) -> None:
    """Other content, or another account, under the same instanceID is 409; what is stored stays."""
    number = str(uuid4())
    assert send(phone, ME, filled(number=number)).status_code == 201
    for who, form in ((ME, filled(MINOR, number=number)), (basic("chief"), filled(number=number))):
        answer = send(phone, who, form)
        assert answer.status_code == 409
        assert number in message(answer)
    assert count(loaded) == 1


REFUSED: dict[str, tuple[bytes, int]] = {
    "another's facility": (filled(facility="F2"), 404),
    "no such facility": (filled(facility="F404"), 404),
    "no such version": (filled().replace(b'version="1"', b'version="99"'), 404),
    "no such form": (filled().replace(b'id="clinic"', b'id="people"'), 404),
    "no facility": (filled(facility=""), 400),
    "no day": (filled(inspected_on=""), 400),
    "another day": (filled(inspected_on="22.11.2026"), 400),
    "a day to come": (filled(inspected_on=str(today().replace(year=today().year + 1, day=1))), 400),
    "one inspector": (filled(inspectors="L02"), 400),
    "without oneself": (filled(inspectors="L01 L77"), 400),
    "no answer": (filled(**{MINOR: ""}), 400),
    "an answer nobody asked for": (filled(patient="x"), 400),
    "a track": (filled(place="28 120 0 0;28 120.1 0 0"), 400),
    "off the earth": (filled(place="128 120 0 0"), 400),
    "a plan that is none": (filled(plan="x"), 400),
    "a person's number": (filled(MINOR, **{MINOR + "_note": "电话 13812345678"}), 400),
    "a photo of nothing wrong": (filled(**with_photo()), 400),
    "no XML": (b"{}", 400),
    "a bomb": (b'<!DOCTYPE data [<!ENTITY a "b">]>' + filled().split(b"?>", 1)[1], 400),
}


@pytest.mark.parametrize(("form", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused(phone: TestClient, loaded: Engine, form: bytes, status: int) -> None:
    """With a status of the table of openrosa-form-submission and a message to show; nothing is stored."""
    for last in (True, False):
        answer = send(phone, ME, form, {"1700000000001.jpg": photo()}, last=last)
        if last:
            assert answer.status_code == status
            assert message(answer)
            assert "Traceback" not in answer.text
            assert "13812345678" not in answer.text
    assert count(loaded) == count(loaded, "photo") == 0


def test_a_strange_body_is_refused(phone: TestClient, loaded: Engine) -> None:
    """No form, two forms, no multipart, a broken one, too many files: 400; control: a form alone is taken."""
    form = filled()
    several = [("xml_submission_file", ("a.xml", form, "text/xml"))] * 2
    many = [(f"{n}.jpg", (f"{n}.jpg", b"x", "image/jpeg")) for n in range(MOST_FILES + 1)]
    answers = [
        phone.post(URL, headers=ME, files={"a.jpg": ("a.jpg", b"x", "image/jpeg")}),
        phone.post(URL, headers=ME, files=several),
        phone.post(URL, headers=ME, files=[several[0], *many]),
        phone.post(URL, headers=ME, content=form),
        phone.post(URL, headers=ME, data={"xml_submission_file": form.decode()}),
        phone.post(URL, headers=ME | {"Content-Type": "multipart/form-data"}, content=b"x"),
        phone.post(URL, headers=ME | {"Content-Type": "multipart/form-data; boundary=x"}, content=b"--x\r\nbroken"),
        phone.post(URL, headers=ME),
    ]
    assert {(answer.status_code, bool(message(answer))) for answer in answers} == {(400, True)}
    assert phone.post(URL, headers=ME, files={"xml_submission_file": (None, form)}).status_code == 201, "no file name"


def test_a_body_that_is_too_large_is_413(phone: TestClient, loaded: Engine) -> None:
    """Whether it says so first or not; larger than what is recommended, but within the limit, is taken."""
    form = filled(MINOR, **with_photo(name="a.jpg"))
    large = {"a.jpg": photo(), "noise.bin": bytes(11_000_000)}
    assert send(phone, ME, form, large).status_code == 201
    huge = bytes(MOST_MB * 2**20 + 2**17)
    answer = send(phone, ME, filled(), {"noise.bin": huge})
    assert (answer.status_code, str(MOST_MB) in message(answer)) == (413, True)
    body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + huge
    pieces = (body[start : start + 2**20] for start in range(0, len(body), 2**20))
    headers = ME | {"Content-Type": "multipart/form-data; boundary=x"}
    assert phone.post(URL, headers=headers, content=pieces).status_code == 413


def test_over_a_real_connection(
    database_url: str, loaded: Engine, village: Actor, chief: Actor, tmp_path: Path
) -> None:
    """Each answer has one Date as openrosa-http wants it; chunked transfer encoding is taken; a cut stores nothing."""
    body, headers = _multipart(filled())
    with running(Settings(database_url=database_url, home=tmp_path, lang="en")) as address:
        host = urlsplit(address).netloc
        asked: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("GET", "/openrosa/formList", ME),
            ("GET", "/openrosa/formList", {}),
            ("HEAD", URL, ME),
        )
        for (method, path, sent), status in zip(
            (*asked, ("GET", "/openrosa/x", {})), (200, 401, 204, 404), strict=True
        ):
            with closing(HTTPConnection(host)) as connection:
                connection.request(method, path, headers=sent)
                answer = connection.getresponse()
                (date,) = answer.headers.get_all("Date") or []
            assert answer.status == status
            assert date.endswith(" GMT")
            assert parsedate_to_datetime(date).year == today().year
        with closing(HTTPConnection(host)) as cut:
            cut.putrequest("POST", URL)
            for name, value in (ME | headers | {"Content-Length": str(len(body))}).items():
                cut.putheader(name, value)
            cut.endheaders(body[: len(body) // 2])
        with closing(HTTPConnection(host)) as chunked:
            chunked.request("POST", URL, iter([body[:100], body[100:]]), ME | headers)
            answer = chunked.getresponse()
            assert answer.status == 201, answer.read()
    assert count(loaded) == 1


def _multipart(form: bytes) -> tuple[bytes, dict[str, str]]:
    """A body and the header that tells its boundary."""
    head = b'--x\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n\r\n'
    return head + form + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}

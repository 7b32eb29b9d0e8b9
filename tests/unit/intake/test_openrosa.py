"""Submissions of ODK Collect as bytes: what is read of them, and what is refused before anything is looked up."""

from uuid import uuid4

import pytest

from gis.errors import DataRejected
from gis.intake.openrosa import MOST_ANSWERS, MOST_BYTES, read_day, read_point, read_submission
from tests.api.phones import filled

NUMBER = "6f1d7f06-2f0c-4f5c-8f6e-0d2f4f7a9b11"
META = f"<meta><instanceID>uuid:{NUMBER}</instanceID></meta>"


def form(inside: str = "<a>1</a>", *, head: str = "", meta: str = META, about: str = 'id="f" version="2"') -> bytes:
    return f"{head}<data {about}>{inside}{meta}</data>".encode()


def test_groups_are_left_out_and_empty_answers_too() -> None:
    """An answer is known by its bare name, however deep its group; what is empty is no answer."""
    found = read_submission(form("<g><h><a> 1 </a></h><b/></g><c>  </c>"))
    assert (found.form, found.version, found.instance, found.deprecated) == ("f", "2", NUMBER, None)
    assert dict(found.answers) == {"a": "1"}


def test_meta_is_found_in_both_namespaces() -> None:
    """`meta` and `orx:meta` say the same: instanceID and the deprecatedID of what is corrected (openrosa-metadata)."""
    other = str(uuid4())
    found = read_submission(filled(number=NUMBER, corrects=other))
    assert (found.instance, found.deprecated) == (NUMBER, other)
    meta = META.replace("</meta>", f"<deprecatedID>uuid:{other}</deprecatedID><deviceID>x:1</deviceID></meta>")
    assert read_submission(form(meta=meta)).deprecated == other


def test_the_phone_and_its_owner_are_not_read() -> None:
    """What a form says of device, user and times is dropped; control: an answer beside it is kept."""
    meta = META.replace("</meta>", "<userID>mailto:a@b.c</userID><timeStart>2026</timeStart></meta>")
    assert dict(read_submission(form(meta=meta)).answers) == {"a": "1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_declared_encodings_are_read(encoding: str) -> None:
    """XML says its encoding itself."""
    text = form("<a>é</a>").decode()
    content = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    assert read_submission(content).answers["a"] == "é"


BOMB = '<!DOCTYPE data [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "a bomb": form("<a>&b;</a>", head=BOMB),
    "an external entity": form("<a>&x;</a>", head=XXE),
    "an external type": form(head='<!DOCTYPE data SYSTEM "http://127.0.0.1:1/x.dtd">'),
    "an entity nobody declared": form("<a>&x;</a>"),
    "too large": form("<a>" + "x" * MOST_BYTES + "</a>"),
    "too deep": form("<g>" * 300 + "</g>" * 300),
    "too many answers": form("".join(f"<a{n}>1</a{n}>" for n in range(MOST_ANSWERS + 1))),
    "another encoding than it says": b'<?xml version="1.0" encoding="utf-8"?>'
    + form("<a>诊所</a>").decode().encode("gb18030"),
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?>' + form(),
    "an encoding of several bytes": b'<?xml version="1.0" encoding="gb18030"?>' + form(),
    "a NUL": form("<a>\0</a>"),
    "a NUL by number": form("<a>&#0;</a>"),
    "not closed": form()[:-3],
    "two documents": form() + form(),
    "nothing": b"",
    "no XML": b"\x89PNG\r\n",
    "HTML": b"<html><body>Please sign in to the hotel</body></html>",
    "another root": form().replace(b"data", b"survey"),
    "a root inside another": b"<x>" + form() + b"</x>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused(content: bytes) -> None:
    """No document type, no entity, no oversize, no guess at what is broken; control: the same without is read."""
    with pytest.raises(DataRejected):
        read_submission(content)
    assert read_submission(form()).answers


@pytest.mark.parametrize(
    "content",
    [
        form(meta=""),
        form(meta="<meta/>"),
        form(meta="<meta><instanceID/></meta>"),
        form(meta="<meta><instanceID>uuid:nothing</instanceID></meta>"),
        form(meta=f"<meta><instanceID>{NUMBER}</instanceID></meta>"),
        form(meta=META.replace("</meta>", f"<instanceID>uuid:{uuid4()}</instanceID></meta>")),
        form(meta=META * 2),
        form(about='version="2"'),
        form(about=f'id="{"f" * 250}" version="2"'),
        form("<a>1</a><g><a>2</a></g>"),
        form("<place>1 2</place><place>1 3</place>"),
    ],
)
def test_identity_is_needed_once(content: bytes) -> None:
    """One form, one instanceID that is a UUID (openrosa-metadata, ID constraints), one answer to each question."""
    with pytest.raises(DataRejected):
        read_submission(content)


def test_a_point_is_latitude_longitude_altitude_accuracy() -> None:
    """The order is that of the XForms specification: latitude first; altitude is not kept."""
    point = read_point("28.5 -120.25 100.0 4.5", name="place")
    assert (point.lat, point.lon, point.accuracy_m) == (28.5, -120.25, 4.5)
    assert read_point("28.5 120.25", name="place").accuracy_m is None


@pytest.mark.parametrize(
    "text",
    ["28 120 0 0;28 121 0 0", "28 120 0 0; ", "28", "28 120 0 0 5", "x y", "nan nan", "1_0 2", "28,120", "inf 1"],
)
def test_a_track_is_no_point(text: str) -> None:
    """Where somebody walked is not taken, nor two points, nor what is no number; control: one point is."""
    with pytest.raises(DataRejected, match="place"):
        read_point(text, name="place")
    assert read_point("28 120 0 0", name="place")


@pytest.mark.parametrize("text", ["2026-13-01", "20260101", "2026-W01-1", "2026-01-01T00:00", "x"])
def test_a_day_is_written_one_way(text: str) -> None:
    """Year, month, day, and a day that exists."""
    with pytest.raises(DataRejected, match="inspected_on"):
        read_day(text, name="inspected_on")
    assert read_day("2026-01-31", name="inspected_on").day == 31

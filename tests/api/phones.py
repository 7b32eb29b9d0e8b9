"""A telephone with ODK Collect, as a server sees it: forms that are filled in, and requests that send them."""

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from starlette.testclient import TestClient

from gis.checklists import latest
from gis.roles import Actor
from gis.services.inspections.plans import plan
from gis.services.workspace import Workspace, today
from tests.api.accounts_browser import PASSWORD
from tests.store.inspecting import answers

URL = "/openrosa/submission"
RESPONSE = "{http://openrosa.org/http/response}"
CLINIC = latest()["clinic"]
BOTH = "L01 L02"
PLACE = "28.015 120.005 12.0 8.0"


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    """The header that carries a name and a password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def filled(*failed: str, number: str | None = None, corrects: str | None = None, **values: str) -> bytes:
    """A clinic's form, fine but for what the test says; the items named fail."""
    given = {"facility": "F1", "inspected_on": today().isoformat(), "inspectors": BOTH, "place": PLACE}
    given |= answers(*failed) | values
    root = Element("data", {"id": "clinic", "version": CLINIC.version})
    groups = {group.name: SubElement(root, group.name) for group in CLINIC.groups}
    for field in CLINIC.fields:
        inside = root if field.group is None else groups[field.group]
        SubElement(inside, field.name).text = given.pop(field.name, "")
    for name, text in given.items():
        SubElement(root, name).text = text
    meta = SubElement(root, "{http://openrosa.org/xforms}meta")
    SubElement(meta, "{http://openrosa.org/xforms}instanceID").text = f"uuid:{number or uuid4()}"
    if corrects:
        SubElement(meta, "{http://openrosa.org/xforms}deprecatedID").text = f"uuid:{corrects}"
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def parts(form: bytes, photos: dict[str, bytes] | None = None) -> dict[str, tuple[str, bytes, str]]:
    """The parts of a request: the form, and each photo under its own name."""
    sent = {"xml_submission_file": ("instance.xml", form, "text/xml")}
    return sent | {name: (name, content, "image/jpeg") for name, content in (photos or {}).items()}


def planned(workspace: Workspace, actor: Actor, *, days: int = 0, people: str = BOTH, checklist: str = "clinic") -> str:
    """The number of a new planned visit to F1."""
    number, day = str(uuid4()), today() + timedelta(days=days)
    plan(workspace, actor, id=number, facility="F1", checklist=checklist, planned_on=day, inspectors=people.split())
    return number


def send(
    client: TestClient, who: dict[str, str], form: bytes, photos: dict[str, bytes] | None = None, *, last: bool = True
) -> Any:
    """The answer to one request; `last=False` marks it as incomplete."""
    data = None if last else {"*isIncomplete*": "yes"}
    return client.post(URL, headers=who, files=parts(form, photos), data=data)


def message(answer: Any) -> str:
    """What the telephone shows of an answer."""
    root = fromstring(answer.content)
    assert root.tag == RESPONSE + "OpenRosaResponse"
    return root.findtext(RESPONSE + "message") or ""

"""A filled-in XForm as a phone sends it: bytes to plain values.

The answers stand in groups, and each has a name of its own in the whole form; groups are left out here. What a phone
adds about itself, the person who holds it or the time of each step is not read. A place is one point, never a track.

Source: docs.getodk.org/openrosa-metadata (form identity, version, instanceID, deprecatedID) and
getodk.github.io/xforms-spec (geopoint: latitude, longitude, altitude in m, accuracy in m).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID
from xml.etree.ElementTree import Element

from gis.errors import DataRejected
from gis.intake.readers.channel import Refused
from gis.intake.readers.xml import elements
from gis.texts import _

ROOT: Final = "data"
"""The element around the answers, in every form of ours."""
META: Final = "meta"
MOST_BYTES: Final = 256 * 2**10
"""Of a submission without its photos."""
MOST_ANSWERS: Final = 1000
MOST_NAME: Final = 249
"""Characters of a form's name and version, as the metadata scheme has it."""
SCHEME: Final = "uuid:"

_NUMBER: Final = re.compile(r"[+-]?(\d{1,15}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BLANKS: Final = " \t\r\n"


@dataclass(frozen=True)
class Submission:
    """One filled-in form."""

    form: str
    version: str
    instance: str
    """The UUID that the phone made for it."""
    deprecated: str | None
    """The UUID of the submission that it corrects."""
    answers: Mapping[str, str]
    """Bare name -> text, without those that are empty."""


@dataclass(frozen=True)
class Point:
    """Where the phone was, in degrees of WGS84."""

    lon: float
    lat: float
    accuracy_m: float | None


def read_submission(content: bytes) -> Submission:
    """Form, version, identity and answers. Raises DataRejected for what is no such document."""
    root = _root(content)
    meta = _children(root, META)
    if len(meta) != 1:
        raise DataRejected(_("The submission has no instanceID."))
    instance = _identity(meta[0], "instanceID")
    if instance is None:
        raise DataRejected(_("The submission has no instanceID."))
    form, version = root.get("id", ""), root.get("version", "")
    if not form or len(form) > MOST_NAME or len(version) > MOST_NAME:
        raise DataRejected(_("The submission does not say which form and version it is of."))
    answers: dict[str, str] = {}
    for name, text in _leaves(root):
        if name in answers:
            raise DataRejected(_("{name} is answered twice; there is one answer to a question.", name=name[:100]))
        answers[name] = text
        if len(answers) > MOST_ANSWERS:
            raise DataRejected(_("The submission has more than {most} answers.", most=MOST_ANSWERS))
    given = {name: text for name, text in answers.items() if text}
    return Submission(form, version, instance, _identity(meta[0], "deprecatedID"), MappingProxyType(given))


def read_point(text: str, *, name: str) -> Point:
    """One point. Raises DataRejected for a track, several points, or what is no point.

    >>> read_point("28.01 120.02 35.2 4.5", name="place")
    Point(lon=120.02, lat=28.01, accuracy_m=4.5)
    """
    if ";" in text or "," in text:
        raise DataRejected(_("{name} holds more than one point. A track is not taken.", name=name))
    parts = text.split()
    if not 2 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise DataRejected(_("{name} is no point: latitude, longitude, altitude and accuracy.", name=name))
    latitude, longitude, *rest = map(float, parts)
    return Point(lon=longitude, lat=latitude, accuracy_m=rest[1] if len(rest) > 1 else None)


def read_day(text: str, *, name: str) -> date:
    """A day such as 2026-01-31. Raises DataRejected."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise DataRejected(_("{name} is no day such as 2026-01-31.", name=name))


def _root(content: bytes) -> Element:
    if len(content) > MOST_BYTES:
        raise DataRejected(_("The submission is larger than {most} KB.", most=MOST_BYTES // 1024))
    try:
        found = list(elements([content], {ROOT}))
    except Refused as error:
        raise DataRejected(_(error.text, file=_("The submission"), **error.values)) from error
    if len(found) != 1 or found[0][0]:
        raise DataRejected(_("The document is no submission of a form of ours."))
    return found[0][1]


def _leaves(element: Element) -> Iterator[tuple[str, str]]:
    """Name and text of every element without elements inside, but those about the submission itself."""
    for child in element:
        if child.tag == META:
            continue
        if len(child):
            yield from _leaves(child)
        else:
            yield child.tag, (child.text or "").strip(_BLANKS)


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if child.tag == name]


def _identity(meta: Element, name: str) -> str | None:
    """The UUID of a field `uuid:...`; None where it is empty or not there. Raises DataRejected."""
    texts = [(field.text or "").strip() for field in _children(meta, name)]
    if not any(texts):
        return None
    if len(texts) == 1 and texts[0].startswith(SCHEME):
        try:
            return str(UUID(texts[0].removeprefix(SCHEME)))
        except ValueError:
            pass
    raise DataRejected(_("{name} must be one UUID, written uuid:...", name=name))

"""Drafts of inspections, photos with a past, and the people who take part, for tests."""

import io
from datetime import date
from typing import Any
from uuid import uuid4

from PIL import Image

from gis.checklists import latest
from gis.services.inspections.draft import Draft
from gis.services.workspace import today

CLINIC = latest()["clinic"]
FACILITY = "F1"
BOTH = ("L01", "L02")


def answers(*failed: str, checklist: str = "clinic", **others: str) -> dict[str, str]:
    """Yes to every item but the failed ones."""
    return {item.name: "no" if item.name in failed else "yes" for item in latest()[checklist].items} | others


def draft(*failed: str, **values: Any) -> Draft:
    """A draft that is fine but for what the test says; the items named fail."""
    fine: dict[str, Any] = {
        "id": str(uuid4()),
        "facility": FACILITY,
        "checklist": "clinic",
        "version": CLINIC.version,
        "inspected_on": today(),
        "inspectors": BOTH,
        "answers": answers(*failed),
        "lon": 120.005,
        "lat": 28.015,
        "accuracy_m": 8.0,
    }
    return Draft(**(fine | values))


def item_of(severity: str) -> str:
    """Name of the first item of the clinic's checklist with this severity."""
    return next(item.name for item in CLINIC.items if item.severity == severity)


def photo(*, width: int = 40, height: int = 20, format: str = "JPEG", turned: bool = False) -> bytes:  # noqa: A002
    """A picture, red above and blue below, that says where, when and with what it was taken."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (0, height // 2, width, height))
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    exif[0x0132] = "2026:01:02 03:04:05"
    if turned:
        exif[0x0112] = 3
    exif.get_ifd(0x8825)[2] = (28.0, 1.0, 30.0)
    exif._ifds[0x8825] = {1: "N", 2: (28.0, 1.0, 30.0), 3: "E", 4: (120.0, 0.0, 18.0)}
    kept = io.BytesIO()
    picture.save(kept, format, exif=exif, quality=95)
    return kept.getvalue()


def yesterday() -> date:
    """The day before today."""
    return date.fromordinal(today().toordinal() - 1)

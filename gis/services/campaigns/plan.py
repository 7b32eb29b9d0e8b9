"""What a campaign sets out to do, read from a TOML file, a form or JSON, and checked before anything is stored.

The file holds code, name, launch_on, action_on, acceptance_on, ends_on and, for each target, a table `[[targets]]` with
area, measure and target. Measures are closed: nothing about births or pregnancies can be one. Nor may a campaign be
named after them, by the words of the firewall and a few of its own.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from gis.analysis.campaign import MEASURES, Stages
from gis.errors import DataRejected, FirewallRefused, UsageError
from gis.intake.firewall import refuse_person_data
from gis.intake.firewall_words import PREGNANCY, personal_header, pregnancy_hits
from gis.texts import _

DATES: Final = ("launch_on", "action_on", "acceptance_on", "ends_on")
FIELDS: Final = ("code", "name", *DATES, "targets")
TARGET_FIELDS: Final = ("area", "measure", "target")
MOST_TEXT: Final = 200
MOST_CODE: Final = 40
MOST_REMARK: Final = 2000
MOST_TARGETS: Final = 5000
LARGEST_TARGET: Final = 1_000_000
LARGEST_FILE: Final = 1_000_000
"""Bytes of a campaign file."""

_CODE: Final = re.compile(r"[\w-]+")
_TAKEN: Final = "new"
"""Where a campaign would have its page, there is the form for planning one."""
_BIRTHS: Final = re.compile(r"出生|生育[率量数指水人]|[二三多]孩|\bbirths?\b|\bfertility\b", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """A number of one measure for one area."""

    area: str
    measure: str
    target: int


@dataclass(frozen=True)
class CampaignPlan:
    """A campaign that has passed all checks but those that need the store."""

    code: str
    name: str
    stages: Stages
    targets: tuple[Target, ...]
    source: str
    """What messages call the place that it came from."""


def read_plan(path: Path) -> CampaignPlan:
    """The plan of a TOML file. Raises DataRejected or FirewallRefused, naming file, key or entry, and remedy."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=path.name, why=error.strerror)) from None
    return parse_plan(content, source=path.name)


def parse_plan(content: bytes, *, source: str) -> CampaignPlan:
    """The plan of the bytes of a TOML file; `source` is what messages call it."""
    if len(content) > LARGEST_FILE:
        raise DataRejected(_("{file} is too large for a campaign file.", file=source))
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataRejected(
            _("{file} is no TOML in UTF-8: {why}. Correct it.", file=source, why=error), details={"file": source}
        ) from None
    return make_plan(document, source=source)


def make_plan(document: Mapping[str, Any], *, source: str) -> CampaignPlan:
    """The plan that plain values describe; a day is a date or text. Raises DataRejected or FirewallRefused."""
    wrong = _Wrong(source)
    unknown = sorted(set(document) - set(FIELDS))
    if unknown:
        raise wrong(unknown[0], _("a campaign has no such key; it has {keys}", keys=", ".join(FIELDS)))
    code = _read_text(document.get("code"), "code", wrong, most=MOST_CODE)
    if not _CODE.fullmatch(code) or code == _TAKEN:
        raise wrong("code", _("write letters, digits, - and _ only, and not new"))
    name = _read_text(document.get("name"), "name", wrong, most=MOST_TEXT)
    for field, text in (("code", code), ("name", name)):
        refuse_person_data(text, field=field)
        _refuse_births(text, field)
    stages = _read_stages(document, wrong)
    return CampaignPlan(code, name, stages, _read_targets(document.get("targets"), wrong), source)


_UNLAWFUL_ACTS: Final = re.compile(
    "(?:非医学需要的?)?(?:胎儿)?性别鉴定|选择性别的?(?:人工)?(?:终止妊娠|引产|流产)"
    "|(?:fetal|foetal|prenatal) sex determination",
    re.IGNORECASE,
)
"""What the regulation of 2014 on sex determination forbids to premises: a campaign against it is named after it."""


def _refuse_births(text: str, field: str) -> None:
    """Raises FirewallRefused for a campaign that is named after births, pregnancies or persons."""
    plain = _UNLAWFUL_ACTS.sub("", unicodedata.normalize("NFKC", text))
    cells = pa.array([plain], type=pa.large_string())
    if personal_header(plain) or pregnancy_hits(cells, anywhere=True) or _BIRTHS.search(plain):
        raise FirewallRefused(
            _(
                "{field}: a campaign is about premises and services, never about births, pregnancies or persons. "
                "Name it after what is inspected or offered.",
                field=field,
            ),
            details={"findings": [{"place": None, "column": field, "rule": PREGNANCY, "cells": 1}]},
        )


class _Wrong:
    """Makes the one error for a place in a source."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __call__(self, key: str, problem: str) -> DataRejected:
        return DataRejected(
            _("{file}, {key}: {problem}. Nothing was stored.", file=self.source, key=key, problem=problem),
            details={"file": self.source, "key": key},
        )


def _read_text(value: object, key: str, wrong: _Wrong, *, most: int) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text:
        raise wrong(key, _("write a text"))
    if len(text) > most or not text.isprintable():
        raise wrong(key, _("write at most {most} printable characters", most=most))
    return text


def _read_stages(document: Mapping[str, Any], wrong: _Wrong) -> Stages:
    days = [_read_day(document.get(key), key, wrong) for key in DATES]
    for earlier, later, before, after in zip(DATES[:-1], DATES[1:], days[:-1], days[1:], strict=True):
        if before >= after:
            raise wrong(
                later,
                _("{day} must be after {earlier}, {before}", day=after, earlier=earlier, before=before),
            )
    return Stages(*days)


def _read_day(value: object, key: str, wrong: _Wrong) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong(key, _("write a day as YYYY-MM-DD")) from None


def _read_targets(entries: object, wrong: _Wrong) -> tuple[Target, ...]:
    if not isinstance(entries, list) or not entries:
        raise wrong("targets", _("give at least one target with area, measure and target"))
    if len(entries) > MOST_TARGETS:
        raise wrong("targets", _("give at most {most} targets", most=MOST_TARGETS))
    targets: dict[tuple[str, str], Target] = {}
    for number, entry in enumerate(entries, start=1):
        target = _read_target(entry, f"targets[{number}]", wrong)
        if targets.setdefault((target.area, target.measure), target) is not target:
            raise wrong(
                f"targets[{number}]",
                _("{area} has a target for {measure} already; keep one", area=target.area, measure=target.measure),
            )
    return tuple(targets.values())


def _read_target(entry: object, place: str, wrong: _Wrong) -> Target:
    if not isinstance(entry, Mapping) or set(entry) != set(TARGET_FIELDS):
        raise wrong(place, _("a target has exactly {keys}", keys=", ".join(TARGET_FIELDS)))
    area = _read_text(entry["area"], f"{place}.area", wrong, most=MOST_TEXT)
    measure, number = entry["measure"], entry["target"]
    if measure not in MEASURES:
        raise wrong(
            f"{place}.measure", _("choose one of {measures}; there are no others", measures=", ".join(MEASURES))
        )
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= LARGEST_TARGET:
        raise wrong(f"{place}.target", _("write a whole number from 1 to {most}", most=LARGEST_TARGET))
    return Target(area, measure, number)


def clean_remark(remark: str | None) -> str | None:
    """A remark as it is stored, None for an empty one. Raises UsageError where it is too long, FirewallRefused."""
    text = (remark or "").strip()
    if len(text) > MOST_REMARK or not "".join(text.split()).isprintable():
        raise UsageError(_("A remark has at most {most} printable characters.", most=MOST_REMARK))
    refuse_person_data(text, field="remark")
    return text or None

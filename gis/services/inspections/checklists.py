"""Checklists for whoever inspects, and the check that a checklist is fit to be published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gis.checklists import FOLDER, Checklist, Item, all_checklists, latest, read_folder
from gis.checklists.xform import odk_validate, xform
from gis.errors import DataRejected, FirewallRefused, NotFound
from gis.intake.firewall import inspect_text
from gis.intake.firewall_report import HEADER
from gis.intake.firewall_words import personal_header, personal_label
from gis.roles import Actor, permit
from gis.services.workspace import Workspace
from gis.texts import _


def list_checklists(_workspace: Workspace, actor: Actor) -> list[Checklist]:
    """Every version of every checklist, by code and version."""
    permit(actor, "checklists.read")
    return list(all_checklists().values())


def get_checklist(_workspace: Workspace, actor: Actor, code: str, *, version: str | None = None) -> Checklist:
    """One checklist, the newest version where none is given. Raises NotFound."""
    permit(actor, "checklists.read")
    found = latest().get(code) if version is None else all_checklists().get((code, version))
    if found is None:
        known = ", ".join(f"{code} {version}" for code, version in all_checklists())
        text = _("There is no checklist {code}; there are {known}.")
        raise NotFound(text.format(code=f"{code} {version or ''}".strip(), known=known))
    return found


def check_checklists(_workspace: Workspace, actor: Actor, folder: Path | None = None) -> list[Checklist]:
    """The checklists of a folder, those of `data/checklists` without one, after every check that there is.

    Raises UsageError for one that breaks a rule of reading or where Java is missing, FirewallRefused for one that asks
    about a person, DataRejected for one that makes no XForm or that ODK Validate refuses.
    """
    permit(actor, "checklists.check")
    found = list(read_folder(folder or FOLDER))
    for checklist in found:
        refuse_person_questions(checklist)
    for checklist in found:
        fault = odk_validate(xform(checklist))
        if fault is not None:
            text = _("{file}: ODK Validate refuses the form: {fault}", file=checklist.file, fault=fault)
            raise DataRejected(text, details={"file": str(checklist.file), "odk_validate": fault})
    return found


def refuse_person_questions(checklist: Checklist) -> None:
    """Raises FirewallRefused where a name, a label or a hint smells of a person; the message names place and rule."""
    findings = [{"place": str(checklist.file), "column": place, "rule": rule} for place, rule in _findings(checklist)]
    if findings:
        places = "; ".join(f"{finding['column']} ({finding['rule']})" for finding in findings)
        text = _("{file} asks about a person: {places}. A checklist asks about premises only; rephrase or remove it.")
        raise FirewallRefused(text.format(file=checklist.file, places=places), details={"findings": findings})


def _findings(checklist: Checklist) -> Iterator[tuple[str, str]]:
    """Place and rule. A hint may say that no person is to be in a picture, so its single words are not compared."""
    for field in (*checklist.groups, *checklist.fields):
        if personal_header(field.name):
            yield field.name, HEADER
    for place, text, is_label in _texts(checklist):
        if is_label and personal_label(text):
            yield place, HEADER
        for rule in inspect_text(text):
            yield place, rule


def _texts(checklist: Checklist) -> Iterator[tuple[str, str, bool]]:
    """Every text of a checklist: its place, the text, and whether it is a label."""
    labelled: list[tuple[str, Any]] = [("title", checklist.title)]
    labelled += [(field.name, field.label) for field in (*checklist.groups, *checklist.fields)]
    labelled += list(checklist.choices.items())
    for name, labels in labelled:
        for language, text in labels.items():
            yield f"{name}, label {language}", text, True
    for field in checklist.fields:
        for language, text in field.hint.items():
            yield f"{field.name}, hint {language}", text, False
        if isinstance(field, Item):
            yield f"{field.name}, legal_basis", field.legal_basis, False

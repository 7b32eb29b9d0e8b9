"""What a checklist and the item of a finding are called."""

from collections.abc import Mapping
from typing import Any

from gis.checklists import all_checklists, find_item, latest, say
from gis.texts import _


def checklist_title(name: str | None, version: str | None = None) -> str:
    """A checklist of ours by its title, in its newest version unless one is given; any other as a file calls it."""
    known = all_checklists().get((name or "", version)) if version else latest().get(name or "")
    return say(known.title) if known else name or _("Inspection")


def item_label(finding: Mapping[str, Any]) -> str:
    """The words of the item that failed, from the version of the checklist that was answered; else its name.

    >>> item_label({"checklist": "clinic", "version": "1", "item": "no_longer_there"})
    'no longer there'
    """
    item = find_item(finding["checklist"], finding["version"], finding["item"])
    return say(item.label) if item else str(finding["item"]).replace("_", " ")

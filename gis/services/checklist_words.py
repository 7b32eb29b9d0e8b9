"""What an item of a finding is called."""

from collections.abc import Mapping
from typing import Any

from gis.checklists import find_item, say


def item_label(finding: Mapping[str, Any]) -> str:
    """The words of the item that failed, from the version of the checklist that was answered; else its name.

    >>> item_label({"checklist": "clinic", "version": "1", "item": "no_longer_there"})
    'no longer there'
    """
    item = find_item(finding["checklist"], finding["version"], finding["item"])
    return say(item.label) if item else str(finding["item"]).replace("_", " ")

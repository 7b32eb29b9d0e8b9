"""What an item of a finding is called."""

from collections.abc import Mapping
from typing import Any


def item_label(finding: Mapping[str, Any]) -> str:
    """The text of the item that failed: its name in the checklist.

    >>> item_label({"item": "licence_displayed"})
    'licence displayed'
    """
    return str(finding["item"]).replace("_", " ")

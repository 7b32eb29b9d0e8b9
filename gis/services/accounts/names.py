"""Names of accounts."""

import unicodedata
from typing import Final

from gis.errors import UsageError
from gis.intake.firewall import refuse_person_data
from gis.texts import _

LONGEST_NAME: Final = 64


def to_name(text: str) -> str:
    r"""The name as it is kept and looked for: composed (NFC), without blanks at its ends.

    >>> to_name(" Jose\u0301 ") == "Jos\u00e9"
    True
    """
    return unicodedata.normalize("NFC", text).strip()


def require_name(text: str) -> str:
    """The name, where it fits. Raises UsageError, or FirewallRefused for the number of a person."""
    name = to_name(text)
    if not 1 <= len(name) <= LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in name):
        raise UsageError(_("A name has 1 to {most} characters, all of them visible.", most=LONGEST_NAME))
    refuse_person_data(name, field=_("Name"))
    return name

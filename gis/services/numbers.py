"""Numbers of records, which whoever makes a record chooses: so that it is stored once however often it is sent."""

from uuid import UUID

from gis.errors import DataRejected
from gis.texts import _

MOST: int = 100
"""Characters of what is no number that a message repeats."""


def read_number(given: str) -> str:
    """A UUID as the store writes it. Raises DataRejected for any other text.

    >>> read_number("6F6B7E0E3C385E0B9A550D6C2A4D8E11")
    '6f6b7e0e-3c38-5e0b-9a55-0d6c2a4d8e11'
    """
    try:
        return str(UUID(given))
    except ValueError:
        raise DataRejected(_("{code} is no UUID. Let the client make one.", code=given[:MOST])) from None

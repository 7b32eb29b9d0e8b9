"""Why a request's values were refused, as sentences in the reader's language.

The framework reports a machine-readable type and English prose; the type chooses our sentence, and the value that
was sent is never repeated.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from gis.texts import N_, _

OURS: Final = "wangge"
"""Type of a problem whose message is already a sentence of ours."""

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "int_parsing": N_("Write a whole number."),
        "int_parsing_size": N_("Write a whole number."),
        "bool_parsing": N_("Write true or false."),
        "greater_than_equal": N_("Write a number of at least {ge}."),
        "less_than_equal": N_("Write a number of at most {le}."),
        "string_too_short": N_("Write at least {min_length} characters."),
        "string_too_long": N_("Write at most {max_length} characters."),
        "string_pattern_mismatch": N_("There is a character in it that may not be there."),
        "literal_error": N_("Choose one of: {expected}."),
    }
)


def invalid(name: str, message: str, *, where: str = "query") -> RequestValidationError:
    """The error to raise for a value that only our own reading finds wrong."""
    return RequestValidationError([{"type": OURS, "loc": (where, name), "msg": message}])


def problems_of(errors: Sequence[Any]) -> list[dict[str, str]]:
    """`{"in", "name", "message"}` for each value that was refused."""
    return [
        {"in": str(error["loc"][0]), "name": str(error["loc"][-1]), "message": _sentence(error)} for error in errors
    ]


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == OURS:
        return str(error["msg"])
    text = SENTENCES.get(error["type"])
    if text is None:
        return _("This value cannot be read.")
    return _(text, **{name: str(value).replace(" or ", ", ") for name, value in error.get("ctx", {}).items()})

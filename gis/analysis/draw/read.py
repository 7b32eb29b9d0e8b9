"""Reading a list or a proof back: what may stand where, and what it means. Whatever is off is named by its path."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NoReturn

from gis.analysis.draw.choose import Candidate, Inspector, Terms
from gis.analysis.draw.lot import FORMAT
from gis.analysis.draw.proof import Commitment, Document, write_moment
from gis.errors import DataRejected
from gis.texts import _

Check = Callable[[Any], bool]
LONGEST: Final = 10_000
"""Characters of one text."""


@dataclass(frozen=True)
class Listed:
    """What a frozen list is made of."""

    terms: Terms
    candidates: list[Candidate]
    inspectors: list[Inspector]


def is_text(value: Any) -> bool:  # noqa: ANN401
    """A text that is not empty."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _is_texts(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and all(map(is_text, value))


def _is_count(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_day(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _reads(date.fromisoformat, value)


def _is_moment(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _reads(_same_moment, value)


def _same_moment(value: str) -> None:
    """Raises ValueError unless the moment is written as proofs write it."""
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() != timedelta(0) or write_moment(moment) != value:
        raise ValueError(value)


def _reads(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_weights(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and all(map(_is_count, value.values()))


def _is_recused(value: Any) -> bool:  # noqa: ANN401
    keys = {"inspector", "reason"}
    return isinstance(value, list) and all(isinstance(row, dict) and row.keys() == keys for row in value)


_DAY_OR_NULL: Final = _or_null(_is_day)
_SHAPES: Final[Mapping[str, Mapping[str, Check]]] = {
    "terms": {
        **{"on": _is_day, "count": _is_count, "inspectors_each": _is_count, "record_days": _is_count},
        "weights": _is_weights,
    },
    "candidates": {
        "facility": is_text,
        **dict.fromkeys(("last_on", "critical_on", "serious_on"), _DAY_OR_NULL),
        "last_inspectors": _is_texts,
        **{"stratum": is_text, "weight": _is_count, "probability": is_text},
    },
    "inspectors": {
        **{"inspector": is_text, "interests": _is_texts, "former_employers": _is_texts},
        "qualification": _or_null(is_text),
    },
    "list": {"candidates": _is_count, "inspectors": _is_count, "sha256": is_text},
    "commitment": {"sha256": is_text, "committed_at": _is_moment, "frozen_at": _is_moment},
    "reveal": {"seed": is_text, "nonce": is_text, "revealed_at": _is_moment},
    "drawn": {
        **{"facility": is_text, "stratum": is_text, "probability": is_text, "inspectors": _is_texts},
        **{"recused": _is_recused, "problem": _or_null(is_text)},
    },
}
_LISTS: Final = ("candidates", "inspectors", "drawn")


class Misplaced(DataRejected):
    """Something stands where it may not; `details["path"]` says where."""


def parse(text: str) -> Document:
    """The object of a JSON text. Raises Misplaced for anything else, with the `line` where it is known."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant, parse_float=_refuse_constant)
    except json.JSONDecodeError as error:
        why = _("This is no JSON: {why}.", why=f"{error.msg}, line {error.lineno}")
        raise Misplaced(why, details={"path": "$", "line": error.lineno}) from None
    except (RecursionError, ValueError) as error:
        raise Misplaced(_("This is no JSON that a proof may be: {why}.", why=error), details={"path": "$"}) from None
    if not isinstance(found, dict):
        raise Misplaced(_("A proof is one JSON object."), details={"path": "$"})
    return found


def check_shape(document: Document, names: tuple[str, ...]) -> None:
    """Raises Misplaced for the first value that may not stand where it stands."""
    if list(document) != list(names):
        strange = next((name for name, wanted in zip(document, names, strict=False) if name != wanted), None)
        path = "$" if strange is None else f"$.{strange}"
        _misplaced(path, _("the members are to be {names}", names=", ".join(names)))
    if document["format"] != FORMAT:
        _misplaced("$.format", _("this wangge reads {format}", format=FORMAT))
    for name in names:
        if name in _LISTS:
            if not isinstance(document[name], list):
                _misplaced(f"$.{name}", _("a list is wanted"))
            for place, entry in enumerate(document[name]):
                _check_entry(entry, _SHAPES[name], f"$.{name}[{place}]")
        elif name in _SHAPES:
            _check_entry(document[name], _SHAPES[name], f"$.{name}")
    if "seal" in names and not is_text(document["seal"]):
        _misplaced("$.seal", _("a text is wanted"))


def read_list(document: Document) -> Listed:
    """What the list is made of; derived values are left for whoever compares. Raises DataRejected for wrong terms."""
    terms = document["terms"]
    numbers = {name: terms[name] for name in ("count", "inspectors_each", "record_days", "weights")}
    return Listed(
        Terms(on=date.fromisoformat(terms["on"]), **numbers),
        [_read_candidate(line) for line in document["candidates"]],
        [
            Inspector(
                line["inspector"], tuple(line["interests"]), tuple(line["former_employers"]), line["qualification"]
            )
            for line in document["inspectors"]
        ],
    )


def read_commitment(document: Document) -> Commitment:
    """The commitment with its moments. Raises DataRejected where they are in a wrong order."""
    line, reveal = document["commitment"], document["reveal"]
    moments = (line["committed_at"], line["frozen_at"], reveal["revealed_at"])
    return Commitment(line["sha256"], *map(datetime.fromisoformat, moments))


def _read_candidate(line: Document) -> Candidate:
    names = ("last_on", "critical_on", "serious_on")
    last, critical, serious = (date.fromisoformat(line[name]) if line[name] else None for name in names)
    return Candidate(line["facility"], last, critical, serious, tuple(line["last_inspectors"]))


def _check_entry(entry: Any, shape: Mapping[str, Check], path: str) -> None:  # noqa: ANN401
    if not isinstance(entry, dict) or list(entry) != [*shape, "link"]:
        _misplaced(path, _("an object is wanted with {names}", names=", ".join((*shape, "link"))))
    for name, check in (*shape.items(), ("link", is_text)):
        if not check(entry[name]):
            _misplaced(f"{path}.{name}", _("this value may not stand here"))


def _misplaced(path: str, why: str) -> NoReturn:
    raise Misplaced(why, details={"path": path})


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)

"""Whether a proof holds: from the file alone, with no database, and where not, on which line it fails.

Four questions, the first that fails ends it: is it JSON in the one form that there is; does each line's link follow
from the line before and from itself; do strata, weights and probabilities follow from the record of each facility; do
commitment, drawn facilities and inspectors follow from the seed. The last two are answered by making the proof anew
out of what is given in it and holding it against the file, line by line.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from gis.analysis.draw.lot import FORMAT
from gis.analysis.draw.proof import WHOLE, Document, draw, dump, render, require_seed
from gis.analysis.draw.read import Listed, Misplaced, check_shape, parse, read_commitment, read_list
from gis.errors import DataRejected
from gis.texts import _

MOST_BYTES: Final = 128 * 2**20
_CHAINED: Final = ("terms", "candidates", "inspectors", "list", "commitment", "reveal", "drawn")


@dataclass(frozen=True)
class Verdict:
    """A proof that holds, in numbers."""

    on: str
    candidates: int
    inspectors: int
    drawn: int
    without_inspectors: int
    list_sha256: str
    commitment: str
    seal: str


def verify(content: bytes) -> Verdict:
    """The proof of a file. Raises DataRejected where it does not hold, with `path` and `line` in the details."""
    if len(content) > MOST_BYTES:
        _fail(_("a proof has at most {size} MB", size=MOST_BYTES >> 20))
    text = _decode(content)
    document = _parse(text)
    lines = _compare_form(document, text)
    try:
        check_shape(document, WHOLE)
    except Misplaced as error:
        _fail_at(lines, error.details["path"], error.message)
    _check_links(document, lines)
    anew = render(_make_anew(document, lines))
    for number, ((path, line), (_path, wanted)) in enumerate(zip(lines, anew, strict=False), start=1):
        if line != wanted:
            _fail(_("this does not follow from the rest: {wanted} is right", wanted=_short(wanted)), path, number)
    if len(lines) != len(anew):
        _fail_at(lines, "$.drawn", _("too many or too few lines"))
    return Verdict(
        on=document["terms"]["on"],
        candidates=len(document["candidates"]),
        inspectors=len(document["inspectors"]),
        drawn=len(document["drawn"]),
        without_inspectors=sum(1 for line in document["drawn"] if not line["inspectors"]),
        list_sha256=document["list"]["sha256"],
        commitment=document["commitment"]["sha256"],
        seal=document["seal"],
    )


def read_frozen(content: bytes, names: tuple[str, ...]) -> Listed:
    """What a list that was stored is made of. Raises DataRejected."""
    document = parse(_decode(content))
    check_shape(document, names)
    return read_list(document)


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        _fail(_("this is no text in UTF-8"), "$", number)


def _parse(text: str) -> Document:
    try:
        return parse(text)
    except Misplaced as error:
        _fail(error.message, "$", _find_odd_line(text) or error.details.get("line", 1))


def _find_odd_line(text: str) -> int | None:
    """Number of the first line that could stand in no proof; a parser may go on far beyond it."""
    return next((n for n, line in enumerate(text.split("\n"), start=1) if not _may_stand(line)), None)


def _may_stand(line: str) -> bool:
    member = line.removesuffix(",")
    if member in ("{", "}", "]"):
        return True
    try:
        parse(member if member.startswith("{") else "{" + member + ("]}" if member.endswith("[") else "}"))
    except Misplaced:
        return False
    return True


def _compare_form(document: Document, text: str) -> list[tuple[str, str]]:
    """The lines of the file with their paths. Fails at the first that is not written in the one form that there is."""
    try:
        lines = render(document)
        "".join(line for _path, line in lines).encode()
    except (RecursionError, UnicodeEncodeError):
        _fail(_("it holds what no proof holds"))
    found = text.split("\n")
    for number, ((path, line), there) in enumerate(zip(lines, found, strict=False), start=1):
        if line != there:
            _fail(_("this is not written as proofs are; {wanted} would be", wanted=_short(line)), path, number)
    if len(found) != len(lines) + 1 or found[-1]:
        _fail(_("the file does not end after its last line"), "$", len(lines) + 1)
    return lines


def _check_links(document: Document, lines: list[tuple[str, str]]) -> None:
    link = FORMAT
    for path, entry in _chained(document):
        own = {name: value for name, value in entry.items() if name != "link"}
        link = hashlib.sha256(f"{link}\n{dump(own)}".encode()).hexdigest()
        if entry["link"] != link:
            _fail_at(lines, path, _("this line was changed: its link does not fit"))
    if document["seal"] != link:
        _fail_at(lines, "$.seal", _("this line was changed: the seal does not fit"))


def _chained(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in _CHAINED:
        value = document[name]
        if isinstance(value, list):
            yield from ((f"$.{name}[{place}]", entry) for place, entry in enumerate(value))
        else:
            yield f"$.{name}", value


def _make_anew(document: Document, lines: list[tuple[str, str]]) -> Document:
    """The proof out of what is given in it. Fails where that cannot be a draw."""
    reveal, path = document["reveal"], "$.terms"
    try:
        listed = read_list(document)
        path = "$.commitment"
        commitment = read_commitment(document)
        path = "$.reveal"
        seed, nonce = reveal["seed"], reveal["nonce"]
        require_seed(commitment, seed, nonce)
        path = "$.candidates"
        return draw(listed.terms, listed.candidates, listed.inspectors, commitment=commitment, seed=seed, nonce=nonce)
    except DataRejected as error:
        _fail_at(lines, path, error.message)


def _fail_at(lines: list[tuple[str, str]], path: str, why: str) -> NoReturn:
    """Fails at the line on which a path, or what it lies in, begins."""
    places = [where if where != "$" else "-" for where, _line in lines]
    number = next((n for n, where in enumerate(places, start=1) if f"{path}.".startswith(f"{where}.")), 1)
    _fail(why, path, number)


def _fail(why: str, path: str = "$", number: int = 1) -> NoReturn:
    raise DataRejected(
        _("The proof does not hold. Line {line}, {path}: {why}.", line=number, path=path, why=why.rstrip(".")),
        details={"path": path, "line": number},
    )


def _short(line: str) -> str:
    return line if len(line) <= 200 else line[:200] + "..."

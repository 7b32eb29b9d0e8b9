"""Which encoding a text is in, with the evidence.

In this order: what the user says; a `.cpg` file; the language driver of a DBF (LDID); a byte order mark; then the
text itself. For the last, each candidate (UTF-8, GB18030, Big5) is asked three things: does every byte decode, how
many headers are then words that are declared, and what share of the characters beyond ASCII is common in texts of
that kind. Common are the 3,755 characters of GB 2312 level 1 and the 5,401 of Big5 level 1: bytes read with the
wrong one of these tables land mostly on rare characters, in the private-use area, or nowhere. Common in UTF-8 are
also the letters of a word in one other script ("lääkäri", "аптека"): Chinese bytes read that way make no such words.
A statement that the bytes contradict is passed over, and the evidence says so.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from gis.intake.readers.channel import N_, Refused

CANDIDATES: Final = ("UTF-8", "GB18030", "Big5")

_CODECS: Final = {"UTF-8": "utf-8", "GB18030": "gb18030", "Big5": "cp950", "UTF-16": "utf-16"}
_MARKS: Final = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
_LDID: Final = {0x4D: "GB18030", 0x7A: "GB18030", 0x4F: "Big5", 0x78: "Big5"}
_WORD: Final = re.compile(r"[^\W\d_]+")
_LETTERS: Final = 3
"""So many letters of one script make a word where none of them is ASCII."""
_SIGNS: Final = frozenset("°±²³µ½€–‘’…«»§£")
_SAMPLE: Final = 20_000
"""Characters beyond ASCII that are looked at for one candidate."""


@dataclass(frozen=True)
class Candidate:
    """What speaks for and against one encoding."""

    encoding: str
    decodes: bool
    headers: int
    characters: int
    common: float


def codec_name(encoding: str) -> str:
    """The codec that reads an encoding: GBK and GB 2312 are read as their superset GB18030."""
    return _CODECS.get(encoding, encoding)


def canonical_encoding(name: str) -> str | None:
    """UTF-8, GB18030, Big5, UTF-16 or a codec's own name for what a user or a `.cpg` writes; None if unknown.

    >>> canonical_encoding("gbk"), canonical_encoding("65001"), canonical_encoding("cp950"), canonical_encoding("x")
    ('GB18030', 'UTF-8', 'Big5', None)
    """
    word = name.strip().casefold().replace("_", "-").removeprefix("ansi").removeprefix("oem").strip(" -")
    known = {"65001": "utf-8", "936": "gbk", "54936": "gb18030", "950": "big5", "8859-1": "latin-1", "88591": "latin-1"}
    try:
        codec = codecs.lookup(known.get(word, word))
    except (LookupError, ValueError):
        return None
    if not codec._is_text_encoding:
        return None
    family = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gbk": "GB18030", "gb2312": "GB18030", "gb18030": "GB18030"}
    family |= {"big5": "Big5", "cp950": "Big5", "big5hkscs": "Big5", "utf-16": "UTF-16"}
    return family.get(codec.name, codec.name)


@dataclass(frozen=True)
class Bytes:
    """A text in an unknown encoding: its pieces (each decodes on its own, but for a cut last character)."""

    pieces: Callable[[], Iterable[bytes]]
    headers: Callable[[str], Sequence[str]]
    """The headers, decoded with a codec; wrong bytes replaced."""
    joined: bool
    """True where a character may run from one piece into the next."""


def detect(
    text: Bytes,
    *,
    given: str | None = None,
    cpg: str | None = None,
    ldid: int | None = None,
    known: Callable[[Iterable[str]], int],
) -> tuple[str, dict[str, Any]]:
    """The encoding and the evidence for it. Raises Refused where none fits."""
    passed_over: list[str] = []
    start = next(iter(text.pieces()), b"")
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    stated = (("given", given), ("cpg", cpg), ("ldid", _LDID.get(ldid or 0)), ("bom", marked))
    for by, name in stated:
        encoding = canonical_encoding(name) if name else None
        if encoding is None:
            continue
        if _decodes(text, encoding):
            return encoding, {"chosen": encoding, "by": by, "candidates": [], "passed_over": passed_over}
        if by == "given":
            raise Refused(
                N_("{file} is not written in {encoding}. Leave --encoding out, or name another."), encoding=encoding
            )
        passed_over.append(f"{by}: {encoding}")
    candidates = [_weigh(text, encoding, known) for encoding in CANDIDATES]
    best = max(candidates, key=lambda c: (c.decodes, c.headers, c.common))
    if not best.decodes:
        raise Refused(
            N_("{file}: the encoding is not UTF-8, GB18030 or Big5. Name it with --encoding, or save as UTF-8.")
        )
    evidence = [asdict(candidate) for candidate in candidates]
    return best.encoding, {"chosen": best.encoding, "by": "score", "candidates": evidence, "passed_over": passed_over}


def _decodes(text: Bytes, encoding: str) -> bool:
    try:
        for _part in _decoded(text, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _decoded(text: Bytes, encoding: str) -> Iterable[str]:
    """The text piece by piece; the end of a piece may be half a character. Raises UnicodeDecodeError."""
    new_decoder = codecs.getincrementaldecoder(codec_name(encoding))
    decoder = new_decoder("strict")
    for piece in text.pieces():
        if not text.joined:
            decoder = new_decoder("strict")
        yield decoder.decode(piece)
    if text.joined:
        yield decoder.decode(b"", final=True)


def _weigh(text: Bytes, encoding: str, known: Callable[[Iterable[str]], int]) -> Candidate:
    characters, common, decodes = 0, 0, True
    try:
        for part in _decoded(text, encoding):
            if characters >= _SAMPLE or part.isascii():
                continue
            beyond = [c for c in part if not c.isascii()]
            characters += len(beyond)
            common += sum(c in _common(encoding) for c in beyond)
            common += _in_words(part) if encoding == "UTF-8" else 0
    except UnicodeError:
        decodes = False
    share = common / characters if characters else 1.0
    return Candidate(encoding, decodes, known(text.headers(codec_name(encoding))), characters, round(share, 3))


def _in_words(text: str) -> int:
    """Letters beyond ASCII in words of one script that is not Chinese, and signs that such texts have.

    >>> _in_words("Hammaslääkäri 20 °C"), _in_words("аптека"), _in_words("һ"), _in_words("诊所")
    (4, 6, 0, 0)
    """
    found = sum(c in _SIGNS for c in text)
    for word in _WORD.findall(text):
        beyond = [c for c in word if not c.isascii()]
        scripts = {unicodedata.name(c, "").split(" ")[0] for c in word}
        if beyond and len(scripts) == 1 and "CJK" not in scripts and (len(beyond) < len(word) or len(word) >= _LETTERS):
            found += len(beyond)
    return found


@cache
def _common(encoding: str) -> frozenset[str]:
    """Characters that texts in this encoding are mostly made of."""
    simple = _characters("gb2312", range(0xB0, 0xD8), (range(0xA1, 0xFF),))
    traditional = _characters("big5", range(0xA4, 0xC7), (range(0x40, 0x7F), range(0xA1, 0xFF)))
    signs = frozenset("，。、；：（）《》“”—·０１２３４５６７８９")
    return {"GB18030": simple | signs, "Big5": traditional | signs}.get(encoding, simple | traditional | signs)


def _characters(codec: str, leads: Iterable[int], trails: Iterable[range]) -> frozenset[str]:
    rows = (bytes((lead, trail)) for lead in leads for block in trails for trail in block)
    return frozenset(b"".join(rows).decode(codec, errors="ignore"))

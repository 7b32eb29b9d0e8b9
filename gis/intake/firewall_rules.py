"""The numbers that belong to one person, and how to find them in a column of text.

A **resident number** (公民身份号码, GB 11643-1999) has 18 places: region (6), date of birth (8), sequence (3), check
character (ISO 7064 MOD 11-2, `X` for ten). Its **structure** is right when region and date exist; one in eleven
structurally right numbers that are no resident numbers passes the **checksum** too. The **old** form has 15 places:
no century, no check character. A **masked** number hides its middle (330302********1234); a **damaged** one went
through a spreadsheet, which keeps 15 digits (3.30302E+17, or zeros at the end). A **mobile number** has 11 digits,
`1[3-9]` first. Full-width digits, and spaces, hyphens or invisible characters between digits, change nothing.

Numbers are sought in two steps. `PREFILTER` finds the few cells with a long enough run of digits, a mask or an
exponent; only those are normalised and meet the exact rules. Patterns are written without look-around and with
explicit classes, so that `re` and Arrow's RE2 read them alike.
"""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

RESIDENT: Final = "resident-number"
PATTERN: Final = "resident-number-pattern"
OLD: Final = "resident-number-old"
MASKED: Final = "resident-number-masked"
DAMAGED: Final = "resident-number-damaged"
MOBILE: Final = "mobile-number"

Hits = dict[str, NDArray[np.bool_]]
"""Rule -> for each cell, whether the rule hits it. Rules without a hit are absent."""

GAP: Final = "[ \t\u00a0\u3000\u2009\u202f\u200b\u200c\u200d\u2060\ufeff\u00ad‐‑–—―－_·\\-]*"
_SOME_GAP: Final = GAP.removesuffix("*") + "+"
_INVISIBLE: Final = "[\u200b\u200c\u200d\u2060\ufeff\u00ad]"
_MASK: Final = "[*＊xX×●•#]"
_DIGIT: Final = "[0-9０-９𝟎-𝟿]"
_ANY: Final = "[0-9]"
_BEFORE: Final = r"(?:^|[^0-9.]|[^0-9][.]|^[.])"
_AFTER: Final = r"(?:[^0-9]|$)"

PREFILTER: Final = f"(?:{_DIGIT}{GAP}){{10}}{_DIGIT}|{_DIGIT}{GAP}{_MASK}{{4}}|{_DIGIT}[eEＥｅ][+＋]?[1１][4７7４]"
SHORTEST: Final = 11
"""No number of a person takes fewer bytes than this."""


def _spaced(*places: str) -> str:
    return GAP.join(places)


def _either(*pairs: str) -> str:
    """One of several two-place alternatives, a gap allowed between the places."""
    return "(?:" + "|".join(_spaced(*re.findall(r"\[[^]]*\]|.", pair)) for pair in pairs) + ")"


# The ways people group a mobile number; a gap anywhere would read "1998-03-05 123" as one.
_GROUPS: Final = ((3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5))


def _grouped(groups: tuple[int, ...]) -> str:
    """A mobile number in groups of so many digits."""
    first, *others = groups
    return _SOME_GAP.join(("1[3-9]" + f"[0-9]{{{first - 2}}}", *(f"[0-9]{{{n}}}" for n in others)))


_PROVINCE: Final = _either("1[1-5]", "2[1-3]", "3[1-7]", "4[1-6]", "5[0-4]", "6[1-5]", "71", "8[1-3]", "91")
_MONTH_DAY: Final = _spaced(_either("0[1-9]", "1[0-2]"), _either("0[1-9]", "[12][0-9]", "3[01]"))
_REGION: Final = _spaced(_PROVINCE, *[_ANY] * 4)
_CORE_18: Final = _spaced(_REGION, _either("1[89]", "20"), _ANY, _ANY, _MONTH_DAY, *[_ANY] * 3, "[0-9Xx]")
# Codes of areas have 15 digits too (6 + 3 + 3 + 3), and a street 001 with village 201 reads as the date 00-12-01.
# The years 30 to 99 are those of everybody who may still carry an old number.
# Gaps stand between its parts only: "1447363-20110216", a licence and its date, is no such number.
_CORE_15: Final = GAP.join(
    (
        _PROVINCE.replace(GAP, "") + "[0-9]{4}",
        "[3-9][0-9]",
        "(?:0[1-9]|1[0-2])",
        "(?:0[1-9]|[12][0-9]|3[01])",
        "[0-9]{3}",
    )
)
# Three and eight only where the eight are no date: "153-20130416" numbers a licence.
_THREE_EIGHT: Final = f"1[3-9][0-9]{GAP}(?:[03-9][0-9]|1[0-8]|2[1-9])[0-9]{{6}}"
_CORE_MOBILE: Final = "(?:" + "|".join(["1[3-9][0-9]{9}", *(_grouped(g) for g in _GROUPS), _THREE_EIGHT]) + ")"
_CORE_MOBILE_MASKED: Final = f"1[3-9][0-9]{GAP}{_MASK}{{4}}{GAP}[0-9]{{4}}"
_CORE_MASKED: Final = f"{_PROVINCE}(?:{GAP}[0-9]){{0,10}}{GAP}{_MASK}{{4,16}}(?:{GAP}[0-9]){{0,4}}(?:{GAP}[Xx])?"
_CORE_SCIENTIFIC: Final = f"{_PROVINCE.replace(GAP, '[.]')}[0-9]{{2,13}}[eE][+]?1[47]"

_CELL_18: Final = f"{_BEFORE}{_CORE_18}{_AFTER}"
_CELL_15: Final = f"{_BEFORE}{_CORE_15}{_AFTER}"
_CELL_MOBILE: Final = f"{_BEFORE}(?:(?:[+]|00)?86{GAP})?(?:{_CORE_MOBILE}|{_CORE_MOBILE_MASKED})(?:[^0-9Xx]|$)"
_CELL_MASKED: Final = f"{_BEFORE}{_CORE_MASKED}{_AFTER}"
_CELL_SCIENTIFIC: Final = f"{_BEFORE}{_CORE_SCIENTIFIC}{_AFTER}"

_FIND_18: Final = re.compile(f"(?<![0-9])(?<![0-9][.])(?=({_CORE_18})(?![0-9]))")
_FIND_MASKED: Final = re.compile(f"(?<![0-9])(?=({_CORE_MASKED})(?![0-9]))")
_GAPS: Final = re.compile(GAP)

_FEW, _KINDS = 5, 3
_BLOCK: Final = 64

_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECK: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
_DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def check_character(first17: str) -> str:
    """The 18th place that belongs to the first 17 digits of a resident number.

    Source: GB 11643-1999, ISO 7064:1983 MOD 11-2.

    >>> check_character("11010519491231002")
    'X'
    """
    digits = np.frombuffer(first17.encode("ascii"), dtype=np.uint8).astype(np.int64) - ord("0")
    return chr(int(_CHECK[int(digits @ _WEIGHTS) % 11]))


def checksum_passes(places: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each row of 18 ASCII places has a date of birth that exists and the right check character."""
    digits = places[:, :17].astype(np.int64) - ord("0")
    expected = _CHECK[(digits @ _WEIGHTS) % 11]
    month, day = digits[:, 10] * 10 + digits[:, 11], digits[:, 12] * 10 + digits[:, 13]
    year = digits[:, 6:10] @ np.array([1000, 100, 10, 1])
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    exists = (day <= _DAYS[np.clip(month, 0, 12)]) & ~((month == 2) & (day == 29) & ~leap)
    given = np.where(places[:, 17] == ord("x"), ord("X"), places[:, 17])
    return np.asarray(exists & (expected == given))


def number_hits(cells: pa.LargeStringArray) -> Hits:
    """Which cells hold a number that belongs to a person, rule by rule. Cells are text; null hits nothing."""
    if (pc.max(pc.binary_length(cells)).as_py() or 0) < SHORTEST:
        return {}
    where = rows_that_match(cells, PREFILTER)
    if len(where) == 0:
        return {}
    candidates = cells.take(pa.array(where))
    coded = candidates.dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    plain = pc.replace_substring_regex(pc.utf8_normalize(coded.dictionary, form="NFKC"), _INVISIBLE, "")
    found = _exact_hits(plain)
    hits: Hits = {}
    for rule, distinct in found.items():
        if distinct.any():
            hits[rule] = np.zeros(len(cells), dtype=bool)
            hits[rule][where] = distinct[codes]
    return hits


def _exact_hits(texts: pa.Array) -> Hits:
    """The exact rules on texts after NFKC."""
    structured = matches(texts, _CELL_18)
    resident, zeroed = _check_residents(texts, structured)
    masked = matches(texts, _CELL_MASKED)
    for i in np.flatnonzero(masked):
        masked[i] = any(len(_GAPS.sub("", m)) in (15, 18) for m in _FIND_MASKED.findall(texts[int(i)].as_py()))
    return {
        RESIDENT: resident,
        PATTERN: structured,
        OLD: matches(texts, _CELL_15),
        MASKED: masked,
        DAMAGED: zeroed | matches(texts, _CELL_SCIENTIFIC),
        MOBILE: matches(texts, _CELL_MOBILE),
    }


def _check_residents(texts: pa.Array, structured: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each text: whether a structurally right number in it passes the checksum, and whether one ends in 000."""
    plain = structured & as_mask(pc.equal(pc.binary_length(texts), 18))
    owners = list(np.flatnonzero(plain))
    numbers = texts.filter(pa.array(plain)).to_pylist()
    for i in np.flatnonzero(structured & ~plain):
        found = [_GAPS.sub("", number) for number in _FIND_18.findall(texts[int(i)].as_py())]
        owners += [i] * len(found)
        numbers += found
    owner = np.array(owners, dtype=np.int64)
    places = np.frombuffer("".join(numbers).encode("ascii"), dtype=np.uint8).reshape(-1, 18)
    passed, zeroed = np.zeros(len(texts), dtype=bool), np.zeros(len(texts), dtype=bool)
    passed[owner[checksum_passes(places)]] = True
    zeroed[owner[(places[:, 15:] == ord("0")).all(axis=1)]] = True
    return passed, zeroed


def as_mask(flags: pa.Array) -> NDArray[np.bool_]:
    """Arrow's three-valued answers as a writable mask; null is False."""
    return np.array(flags.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def rows_that_match(cells: pa.LargeStringArray, pattern: str) -> NDArray[np.int64]:
    """Positions of the cells in which an RE2 pattern without anchors is found.

    A call for each cell costs more than the search, so blocks of neighbouring cells, which lie side by side in
    memory, are searched as one text first.
    """
    _validity, offsets, text = cells.buffers()
    if len(cells) == 0 or text is None:
        return np.empty(0, dtype=np.int64)
    edges = np.frombuffer(offsets, dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
    edges = np.append(edges[:-1:_BLOCK], edges[-1])
    blocks = pa.LargeStringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), text)
    rows = np.flatnonzero(np.repeat(matches(blocks, pattern), _BLOCK)[: len(cells)])
    return rows[matches(cells.take(pa.array(rows)), pattern)]


def matches(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Where an RE2 pattern is found; null is False."""
    return as_mask(pc.match_substring_regex(texts, pattern))


def is_spread(cells: pa.Array, hit: NDArray[np.bool_], rule: str) -> bool:
    """Whether hits in a column of codes differ as people do.

    Codes that count up inside one region look like mobile numbers (13 is Hebei) or old resident numbers, but share
    their first digits or their "year of birth". Fewer than five hits are taken as they are.
    """
    if hit.sum() < _FEW:
        return True
    digits = pc.replace_substring_regex(cells.filter(pa.array(hit)), "[^0-9]", "")
    first, last = (6, 8) if rule == OLD else (0, 5)
    return len(pc.unique(pc.utf8_slice_codeunits(digits, first, last))) >= _KINDS

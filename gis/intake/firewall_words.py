"""The words that belong to a person, in headers and in running text; read from `data/policies/person_data.toml`.

A **header** is compared after NFKC, as simplified Chinese, without accents, case, spaces and punctuation: Chinese
anywhere in it, English and pinyin as whole words, however they are joined (`gestationalWeek`, `yun_zhou`), a few
initials only alone. A **text** speaks of a **pregnant person** when words of a pregnancy stand beside a name or a
resident number; a word alone ("孕妇学校") does not make a person.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from gis.intake.firewall_rules import RESIDENT, Hits, matches, rows_that_match
from gis.settings import DATA

PREGNANCY: Final = "pregnancy-words"
PREGNANT_PERSON: Final = "pregnancy-and-person"
PREGNANT_RESIDENT: Final = "pregnancy-and-resident-number"

_TRADITIONAL: Final = str.maketrans(
    "婦產預證戶齡機嬰歷曆兒號終懷時親診醫療單雙間誕經週檢電話",
    "妇产预证户龄机婴历历儿号终怀时亲诊医疗单双间诞经周检电话",
)
_LETTERS: Final = re.compile(r"[a-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SINGLE: Final = re.compile(r"\b([a-z]) (?=[a-z]\b)")
_LONG_PINYIN: Final = 7


@dataclass(frozen=True)
class Words:
    """The compiled policy. `chinese`, `words`, `joined`, `whole` are for headers; the rest (RE2) for texts."""

    chinese: re.Pattern[str]
    words: re.Pattern[str]
    joined: re.Pattern[str]
    whole: frozenset[str]
    legal: re.Pattern[str]
    pregnancy: str
    weeks: str
    person: str
    name: str


@cache
def words() -> Words:
    """The policy of `data/policies/person_data.toml`."""
    policy = tomllib.loads((DATA / "policies" / "person_data.toml").read_text(encoding="utf-8"))
    headers, text = policy["headers"], policy["text"]
    pinyin = [p.replace(" ", "") for p in headers["pinyin"]]
    phrases = [_phrase(p) for p in (*headers["english"], *headers["pinyin"])]
    pregnancy = "(?:" + "|".join(text["pregnancy"]) + ")"
    return Words(
        chinese=re.compile("|".join(headers["chinese"])),
        words=re.compile(rf"\b(?:{'|'.join(phrases)})\b"),
        joined=re.compile("|".join(p for p in pinyin if len(p) >= _LONG_PINYIN)),
        whole=frozenset(headers["whole"]),
        legal=re.compile("|".join(map(re.escape, policy["labels"]["legal_terms"])), re.IGNORECASE),
        pregnancy=pregnancy,
        weeks=text["weeks"],
        person=_person(text["surnames"], text["titles"], pregnancy),
        name=f"^(?:[{text['surnames']}][一-龥]{{1,2}}|(?:{'|'.join(text['double_surnames'])})[一-龥]{{1,2}})$",
    )


def _phrase(phrase: str) -> str:
    """`household head` -> a pattern for household head, householdhead; a star is any ending."""
    return " ?".join(re.escape(word).replace(r"\*", "[a-z]*") for word in phrase.split())


def _person(surnames: str, titles: list[str], pregnancy: str) -> str:
    """Pattern of a person's name beside words of a pregnancy: 孕妇张某, 张某 怀孕, 张某(孕12周)."""
    title, name = "(?:" + "|".join(titles) + ")", f"[{surnames}][一-龥]{{1,2}}"
    gap = "[\\s:：,，、(（0-9岁于已现为是]*"
    after_title = f"{title}[:：为是\\s]*{name}(?:[^一-龥]|$|[已现家住在]|{pregnancy})"
    before = f"(?:^|[^一-龥]){name}(?:女士)?{gap}{pregnancy}"
    return f"{after_title}|{before}"


def personal_header(header: str) -> bool:
    """Whether a header names something about a person.

    >>> [personal_header(h) for h in ("孕周", "gestationalWeek", "Shen_Fen_Zheng", "department", "发生日期")]
    [True, True, True, False, False]
    """
    policy = words()
    folded = unicodedata.normalize("NFKC", header)
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    chinese = "".join(c for c in folded.casefold() if c.isalnum()).translate(_TRADITIONAL)
    latin = _SINGLE.sub(r"\1", " ".join(_LETTERS.findall(_CAMEL.sub(" ", plain).lower())))
    joined = latin.replace(" ", "")
    return bool(
        policy.chinese.search(chinese)
        or policy.words.search(latin)
        or policy.joined.search(joined)
        or joined in policy.whole
    )


def personal_label(label: str) -> bool:
    """Whether the label of a question asks for something about a person; the words of the law alone do not.

    >>> [personal_label(label) for label in ("店内没有终止妊娠药品", "终止妊娠药品使用者姓名", "孕妇姓名")]
    [False, True, True]
    """
    return personal_header(words().legal.sub(" ", unicodedata.normalize("NFKC", label)))


def looks_like_name(text: str) -> bool:
    """Whether a text is nothing but a Chinese person's name.

    >>> looks_like_name("王小丽"), looks_like_name("备注")
    (True, False)
    """
    return re.match(words().name, unicodedata.normalize("NFKC", text).strip()) is not None


def text_hits(cells: pa.Array, numbers: Hits) -> Hits:
    """Which cells of running text speak of a pregnant person, given the numbers found in the same cells."""
    policy = words()
    rows = rows_that_match(cells, policy.pregnancy)
    pregnancy, person = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    pregnancy[rows] = True
    person[rows] = matches(cells.take(pa.array(rows)), policy.person)
    person = np.logical_or.reduce([person, *numbers.values()])
    hits = {PREGNANT_PERSON: pregnancy & person}
    if RESIDENT in numbers:
        hits[PREGNANT_RESIDENT] = pregnancy & numbers[RESIDENT]
    return {rule: found for rule, found in hits.items() if found.any()}


def pregnancy_hits(cells: pa.Array, *, anywhere: bool) -> Hits:
    """Which cells are nothing but weeks of a pregnancy, or speak of one `anywhere` in them."""
    found = matches(cells, words().weeks)
    if anywhere:
        found |= matches(cells, words().pregnancy)
    return {PREGNANCY: found} if found.any() else {}


def name_share(cells: pa.Array) -> float:
    """Share of all cells that are nothing but a Chinese person's name."""
    return float(matches(cells, words().name).mean()) if len(cells) else 0.0

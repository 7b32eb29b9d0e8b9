"""Invented names: streets, villages, staff, facilities, makers. None of them stands for anything or anybody."""

from typing import Final

import numpy as np

STREETS: Final = (
    "云溪街道",
    "澄江街道",
    "松亭街道",
    "望湖街道",
    "东篱街道",
    "南桥街道",
    "枫林镇",
    "白石坞镇",
    "青岭镇",
    "雁滩镇",
)
_VILLAGE_FIRST: Final = "柳石竹梅桃松枫兰荷菱清白青上下前后东西南北大小新古"
_VILLAGE_SECOND: Final = (
    "塘",
    "桥",
    "岭",
    "坞",
    "溪",
    "浦",
    "湾",
    "岙",
    "田",
    "墩",
    "渡",
    "坪",
    "畈",
    "井",
    "园",
    "亭",
)
_COMMUNITIES: Final = (
    "清泉",
    "文锦",
    "兴和",
    "长乐",
    "锦绣",
    "百合",
    "景明",
    "福泽",
    "丰和",
    "朝晖",
    "学府",
    "滨河",
    "翠微",
    "望江",
    "永安",
)
_ROADS: Final = ("清泉路", "文昌街", "解放路", "滨河路", "松涛路", "学院路", "长乐街", "兴业路", "望湖路", "枫桥街")
_SURNAMES: Final = "林周吴陈郑徐何朱蒋沈韩杨黄孙马胡高方石汪章叶邵钱"
_GIVEN: Final = "安宁平和明远志清文海青云立新国庆思源正阳柏松涛博然一诺"
_GOOD_WORDS: Final = "仁和康宁济安同德益民福寿春晖博爱广润恒泰惠众杏林百草回春瑞祥保善长青"
_MAKERS: Final = (("清声", "QS"), ("海音", "HY"), ("远图", "YT"), ("明影", "MY"))


def pick(rng: np.random.Generator, choices: tuple[str, ...] | str) -> str:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def village_names(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Distinct names of communities (社区) and of villages (村), in random order."""
    villages = [f"{a}{b}村" for a in _VILLAGE_FIRST for b in _VILLAGE_SECOND]
    communities = [f"{a}{b}社区" for a in ("", *"东西南北") for b in _COMMUNITIES]
    return [str(n) for n in rng.permutation(communities)], [str(n) for n in rng.permutation(villages)]


def staff_names(rng: np.random.Generator, count: int) -> list[str]:
    """So many distinct names of staff."""
    names = [a + b + c for a in _SURNAMES for b in _GIVEN for c in ("", *_GIVEN) if b != c]
    return [str(n) for n in rng.permutation(names)[:count]]


def shop_name(rng: np.random.Generator, kind: str) -> str:
    """The name of a small private facility."""
    start = 2 * int(rng.integers(len(_GOOD_WORDS) // 2))
    place = pick(rng, ("", "", "云溪", "松亭", "南桥", "枫林", "青岭"))
    return f"{place}{_GOOD_WORDS[start : start + 2]}{kind}"


def address(rng: np.random.Generator, street: str) -> str:
    """A street address."""
    return f"{street}{pick(rng, _ROADS)}{rng.integers(1, 400)}号"


def machine(rng: np.random.Generator) -> tuple[str, str, str]:
    """Serial, maker and model of an ultrasound machine."""
    maker, short = _MAKERS[int(rng.integers(len(_MAKERS)))]
    model = f"{short}-{rng.integers(1, 9)}0"
    return f"{model}-{rng.integers(0, 1_000_000):06d}", maker, model

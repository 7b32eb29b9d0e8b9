"""The translation catalogue: every text in the code is there, in Chinese, with the same places to fill in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from gis.settings import ROOT
from gis.texts import catalogue

FOLDERS = ("gis", "api", "maps")
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"{(\w+)[^}]*}")

NOTHING_TO_TRANSLATE = frozenset({"wangge: {message}"})


def messages_in_code() -> dict[str, str]:
    """Text -> the file it stands in."""
    found = {}
    for folder in FOLDERS:
        keywords = {"_": None, "N_": None}
        for name, _line, text, _comments, _context in extract_from_dir(
            ROOT / folder,
            keywords=keywords,
            directory_filter=lambda path: "node_modules" not in str(path),
        ):
            found[str(text)] = f"{folder}/{name}"
    return found


MESSAGES = messages_in_code()


def test_code_has_texts() -> None:
    """The extraction finds the texts at all: a control for the tests below."""
    assert len(MESSAGES) > 100


def test_every_text_is_translated() -> None:
    """Each text of the code has a Chinese translation."""
    chinese = catalogue("zh")
    assert {text: file for text, file in MESSAGES.items() if text not in chinese} == {}


def test_english_catalogue_is_complete() -> None:
    """The English catalogue lists the same texts as the Chinese one."""
    assert catalogue("en").keys() == catalogue("zh").keys()


def test_translations_are_chinese_and_keep_their_places() -> None:
    """A translation contains Chinese, and exactly the named places of its text."""
    for text, translated in catalogue("zh").items():
        assert set(PLACE.findall(text)) == set(PLACE.findall(translated)), text
        if text not in NOTHING_TO_TRANSLATE and re.search(r"[a-z]{3}", PLACE.sub("", text)):
            assert HAN.search(translated), text


def test_no_translation_is_left_over() -> None:
    """The catalogue holds no text that the code no longer has."""
    assert set(catalogue("zh")) - set(MESSAGES) - {"Area"} == set()


SHOWN_BY = {
    "WanggeError",
    "UsageError",
    "NotFound",
    "DataRejected",
    "FirewallRefused",
    "NotAllowed",
    "DatabaseUnreachable",
}


def bare_texts(source: str) -> Iterator[str]:
    """String literals given directly to an error of ours or to click.echo, past the catalogue."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if name in SHOWN_BY | {"echo"} and any(map(is_words, literal_parts(first))):
            yield ast.unparse(node)


def literal_parts(node: ast.expr) -> list[ast.expr]:
    """A literal, or the literals between the places of an f-string."""
    return node.values if isinstance(node, ast.JoinedStr) else [node]


def is_words(node: ast.expr) -> bool:
    """A literal with letters in it."""
    return isinstance(node, ast.Constant) and bool(re.search(r"[^\W\d_]", str(node.value)))


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_message_bypasses_the_catalogue(folder: str) -> None:
    """No error message or printed line is a bare literal."""
    files = [p for p in Path(ROOT, folder).rglob("*.py") if "node_modules" not in p.parts]
    assert [(str(p), text) for p in files for text in bare_texts(p.read_text(encoding="utf-8"))] == []


def test_control_bare_literal_is_found() -> None:
    """The guard above does see a bare literal."""
    for words in ("DataRejected('not translated')", "echo(f'{file} is bad')"):
        assert list(bare_texts(words)) == [words]
    assert list(bare_texts("raise DataRejected(f'{file}: {why}')")) == []

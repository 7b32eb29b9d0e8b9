"""The leader's report of responsibility as PDF: what stands in it, and that text stays text."""

import doctest
import importlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import pandas as pd
import pytest
import typst
from pypdf import PdfReader

import maps.sheets
from gis.texts import Language
from maps.responsibility import ResponsibilityData
from maps.sheets import responsibility_sheet
from maps.sheets.table import PRINTED_ROWS
from tests.maps.conftest import NASTY, small_district

MARKUP = (
    '#import "@preview/cetz:0.4.0": *',
    "#panic(1)",
    "$x^2$ *bold* _soft_",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://a.b";"c")',
    "// no comment /* here */",
    "@ref <label> [x] \\ ~ -- ...",
    "= heading",
    ']#read("/etc/passwd")[',
)


def reader(pdf: bytes) -> PdfReader:
    """The file opened."""
    return PdfReader(io.BytesIO(pdf))


def words(pdf: bytes) -> str:
    """All text of the file without any space, for lines and columns break where they must."""
    text = "".join(page.extract_text() for page in reader(pdf).pages)
    return "".join(text.split()).replace("\u200b", "")


@pytest.mark.parametrize("text", [*MARKUP, NASTY])
@pytest.mark.parametrize("lang", get_args(Language))
def test_text_is_never_markup(text: str, lang: Language) -> None:
    """Whatever a name is made of, it is printed as it is."""
    data = small_district(name=text)
    data = replace(data, areas=data.areas.assign(officer=text))
    found = words(responsibility_sheet(data, lang=lang, officers={"O1": text}))
    assert found.count("".join(text.split())) >= 4


def test_pasted_text_would_be_markup() -> None:
    """The control: the same text in the source of a document is a command."""
    with pytest.raises(typst.TypstError, match="panicked"):
        typst.compile(b"#panic(1)")


def test_pages_are_made_for_paper_and_for_screen_readers(small: ResponsibilityData) -> None:
    """A4, numbered, with title, language, day, tags, headings, a described picture, and claimed as PDF/UA-1."""
    for lang, language in zip(get_args(Language), ("zh-CN", "en-GB"), strict=True):
        pdf = responsibility_sheet(small, lang=lang)
        opened = reader(pdf)
        root: Any = opened.trailer["/Root"]
        assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
        assert opened.metadata is not None
        assert "和平0" in str(opened.metadata.title)
        assert opened.metadata.creation_date == datetime(2026, 6, 1, tzinfo=UTC)
        assert b"pdfuaid:part" in pdf
        assert lang == "zh" or "Page1of2" in words(pdf)
        assert {tuple(round(float(side)) for side in page.mediabox) for page in opened.pages} == {(0, 0, 595, 842)}
        assert {"/Title", "/H1", "/TH", "/TD", "/Figure"} <= tags(root["/StructTreeRoot"])


def tags(node: object) -> set[str]:
    """The roles in a tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return set().union(*map(tags, node))
    if not isinstance(node, dict):
        return set()
    own = {str(node["/S"])} if "/S" in node else set()
    return own | (tags(node["/K"]) if "/K" in node else set())


def test_fonts_are_inside(small: ResponsibilityData) -> None:
    """Every font of every page is in the file, as a subset of it, so that it prints anywhere."""
    pdf = responsibility_sheet(small, lang="zh")
    pages: list[Any] = list(reader(pdf).pages)
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    inner = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert inner
    for font in inner:
        assert {"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].get_object())
        assert "+NotoSansCJK" in font["/BaseFont"]


def test_same_input_same_bytes(small: ResponsibilityData) -> None:
    """Another process with other hashes and another clock makes the same file; another day makes another."""
    script = (
        "import sys; from tests.maps.conftest import small_district as s; from maps.sheets import *\n"
        "sys.stdout.buffer.write(responsibility_sheet(s(), lang='en'))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    ).stdout
    assert other == responsibility_sheet(small, lang="en")
    assert other != responsibility_sheet(replace(small, on=date(2026, 6, 2)), lang="en")


def test_only_the_given_columns_are_printed(small: ResponsibilityData) -> None:
    """A column that the report does not name is not in it; the control is the officer, who is."""
    data = replace(small, areas=small.areas.assign(work_phone="secret-7351", dwellings="secret-7352"))
    found = words(responsibility_sheet(data, lang="en"))
    assert "secret" not in found
    assert "王敏" in found


def test_what_the_report_tells(small: ResponsibilityData) -> None:
    """Vacant and doubled areas, holes with square metres, orphans, the day and the moment of knowledge."""
    found = words(responsibility_sheet(replace(small, known=datetime(2026, 5, 9, 8, 30, tzinfo=UTC)), lang="en"))
    assert "Asof2026-06-01·asknownon2026-05-0908:30UTC" in found
    assert "330399001002和平3Village和平1" in found
    assert "330399001001002和平5李强、张丽2025-01-01–" in found
    assert "1Hole和平2330399001001–219,000" in found
    assert "F2和平药店–" in found


def test_workload_ranks_nobody(small: ResponsibilityData) -> None:
    """Officers stand in the order of their codes, whatever order and load they come with."""
    load = [{"officer": f"O{n}", "areas": n, "facilities": 0, "area_km2": 1.0, "share": 0.2} for n in (3, 1, 4, 2)]
    data = replace(small, gaps={**small.gaps, "workload": load})
    found = words(responsibility_sheet(data, lang="en"))
    assert found.index("O11") < found.index("O22") < found.index("O33") < found.index("O44")


@pytest.mark.parametrize("text", ["\U00020000", "\ue000", "ไทย"])
def test_a_character_without_a_picture_does_not_stop_the_report(text: str) -> None:
    """Where no font has a character the report is made all the same, without the claim of PDF/UA-1."""
    pdf = responsibility_sheet(small_district(name=text), lang="zh")
    assert reader(pdf).pages
    assert b"pdfuaid:part" not in pdf or text == "\ue000"


@pytest.mark.parametrize("text", ["a\x00\x07b", "a\uffffb", "a\u202eb", "a\nb", ""])
def test_characters_that_are_no_text_do_not_stop_the_report(text: str) -> None:
    """Control characters and broken halves of characters are replaced."""
    assert b"pdfuaid:part" in responsibility_sheet(small_district(name=text), lang="zh")


def test_an_empty_district_has_a_report(small: ResponsibilityData) -> None:
    """Without areas there is no map, and every list says that it is empty."""
    empty = replace(small, areas=small.areas[:0], faults=small.faults[:0], facilities=small.facilities[:0], gaps={})
    found = words(responsibility_sheet(empty, lang="en"))
    assert "Map" not in found
    assert found.count("None") == 7


def test_a_long_list_says_how_much_is_missing(small: ResponsibilityData) -> None:
    """After so many rows a printed list ends and points to the workbook."""
    many = pd.concat([small.areas.iloc[[2]].assign(code=f"V{n:04d}") for n in range(PRINTED_ROWS + 7)])
    data = replace(small, areas=gpd.GeoDataFrame(many, crs=4326))
    assert "7morerows;theworkbookliststhemall." in words(responsibility_sheet(data, lang="en"))


def test_templates_take_nothing_from_elsewhere() -> None:
    """No template names a package of the universe or an address."""
    templates = list(Path(maps.sheets.__file__).parent.glob("*.typ"))
    assert templates
    for template in templates:
        source = template.read_text(encoding="utf-8")
        assert "@preview" not in source
        assert "://" not in source


@pytest.mark.parametrize("module", ["table", "ground", "legend"])
def test_examples_hold(module: str) -> None:
    """The examples in the docstrings give what they say."""
    result = doctest.testmod(importlib.import_module(f"maps.sheets.{module}"))
    assert result.attempted > 0
    assert result.failed == 0

"""Declared sources: what a file of each kind may hold."""

from pathlib import Path

import pytest

from gis.errors import DataRejected, UsageError
from gis.intake.readers.channel import fold
from gis.intake.source import SOURCES, Source, load_source, read_source
from gis.tables import TABLES, WOMEN

CONTRACT = {
    "areas": "code name level parent_code valid_from valid_to dwellings",
    "officers": "code name department work_phone",
    "assignments": "officer_code target_kind target_code role valid_from valid_to",
    "facilities": "code name kind lon lat address hours area_code valid_from valid_to",
    "licences": "facility_code number kind valid_from valid_to",
    "equipment": "serial facility_code kind maker model valid_from valid_to",
    "operators": "operator_code facility_code qualification valid_from valid_to",
    "outreach": "code area_code held_on kind reach",
    "inspections": "code facility_code inspected_on checklist inspectors result clerical minor serious critical",
    "population": "cell lon lat population " + " ".join(WOMEN),
    "births": "area_code period boys girls",
    "times": "origin destination minutes",
}
"""Section 3 of the contract."""

KINDS = sorted(TABLES)
OF_THE_SYSTEM = {"raw_lon", "raw_lat", "source_datum"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_canonical_column_is_declared(kind: str) -> None:
    """A source declares every column of the contract and of the canonical table, and nothing that is in neither.

    The period of an event follows from its day, so a file cannot state one.
    """
    names = {column.name for column in load_source(kind).columns}
    wanted = {*CONTRACT[kind].split(), *TABLES[kind].columns}
    wanted -= {"valid_from", "valid_to"} if TABLES[kind].day else set()
    assert names - {"geometry"} == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_required_columns_are_those_that_may_not_be_missing(kind: str) -> None:
    """A file must have the columns that no row of the table may lack; a point may also come as geometry."""
    required = {column.name for column in load_source(kind).columns if column.required}
    assert required - {"lon", "lat"} == set(TABLES[kind].required) - OF_THE_SYSTEM
    assert load_source(kind).geometry == TABLES[kind].geometry


@pytest.mark.parametrize("kind", KINDS)
def test_every_alias_resolves_to_its_column(kind: str) -> None:
    """A header is found whatever its width, case and spaces."""
    source = load_source(kind)
    for column in source.columns:
        for header in (column.name, *column.aliases):
            assert source.resolve(f" {header.upper()} ") == column.name
            assert (
                source.resolve("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in header)) == column.name
            )


@pytest.mark.parametrize("kind", KINDS)
def test_value_words_lead_to_values_of_the_table(kind: str) -> None:
    """A value alias stands for a value that the table accepts."""
    allowed = {"target_kind": {"area", "facility"}, "role": {"primary", "deputy"}}
    allowed["result"] = {"pass", "conditions", "fail"}
    allowed["level"] = {"district", "street", "village", "grid"}
    for column in load_source(kind).columns:
        assert set(column.values.values()) <= allowed.get(column.name, set())


@pytest.mark.parametrize(
    ("kind", "header", "name"),
    [
        ("areas", "区划代码", "code"),
        ("areas", "上级编码", "parent_code"),
        ("areas", "住宅套数", "dwellings"),
        ("facilities", "经度", "lon"),
        ("facilities", "LNG", "lon"),
        ("facilities", "营业时间", "hours"),
        ("facilities", "所属网格", "area_code"),
        ("assignments", "有效期起", "valid_from"),
        ("licences", "执业许可证号", "number"),
        ("equipment", "设备序列号", "serial"),
        ("officers", "办公电话", "work_phone"),
    ],
)
def test_chinese_headers_are_known(kind: str, header: str, name: str) -> None:
    """The headers that districts write in their spreadsheets mean the canonical columns."""
    assert load_source(kind).resolve(header) == name


@pytest.mark.parametrize("header", ["孕周", "身份证号", "fid", ""])
def test_an_undeclared_header_means_nothing(header: str) -> None:
    """Control: what no source declares is not resolved, technical columns included."""
    assert all(load_source(kind).resolve(header) is None for kind in KINDS)


def test_only_officers_hold_staff_columns() -> None:
    """Names and phones of staff are allowed in two declared columns only."""
    staff = {(kind, c.name) for kind in KINDS for c in load_source(kind).columns if c.staff}
    assert staff == {("officers", "name"), ("officers", "work_phone")}


@pytest.mark.parametrize(
    "text",
    [
        'kind = "x"\nsurprise = 1\n[columns]\ncode = {}',
        'kind = "x"\n[columns]\ncode = { typ = "code" }',
        'kind = "x"\n[columns]\ncode = { type = "date of birth" }',
        'kind = "x"\n[columns]\ncode = { aliases = ["编码"] }\nname = { aliases = ["编 码"] }',
        'kind = "x"\n[columns\n',
        "columns = 3",
        'kind = "x"\n[columns]\ncode = 1',
    ],
)
def test_a_broken_declaration_is_one_clear_error(tmp_path: Path, text: str) -> None:
    """An undeclared key, an unknown type, an ambiguous alias and broken TOML name the file."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataRejected, match=r"x\.toml"):
        read_source(path)


@pytest.mark.parametrize("kind", ["women", "../areas", ""])
def test_an_unknown_kind_is_a_usage_error(kind: str) -> None:
    """There is no source for what is not kept, and no way out of the folder."""
    with pytest.raises(UsageError):
        load_source(kind)


def test_sources_are_frozen_and_one_file_each() -> None:
    """A source cannot be changed after it was checked, and every file in the folder is one."""
    assert {path.stem for path in SOURCES.glob("*.toml")} >= set(KINDS)
    with pytest.raises(ValueError, match="frozen"):
        setattr(load_source("areas"), "kind", "x")  # noqa: B010 (mypy knows already)
    assert isinstance(read_source(SOURCES / "areas.toml"), Source)


def test_folding_keeps_different_words_apart() -> None:
    """Folding forgives writing, not meaning: an invisible character does not hide a word, brackets are kept."""
    assert fold("孕\u200b周") == "孕周"
    assert fold("编码(孕周)") != fold("编码")

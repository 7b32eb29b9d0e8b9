"""Reading files: every format gives the same table, with its encoding, its reference system and its hidden places."""

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
import shapely
from openpyxl.comments import Comment

from gis.errors import DataRejected, UsageError
from gis.intake.read import RawFile, read_file
from gis.intake.source import load_source

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"
AREAS, FACILITIES, OFFICERS = load_source("areas"), load_source("facilities"), load_source("officers")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:pyogrio", "ignore::UserWarning:pyogrio")


def town() -> gpd.GeoDataFrame:
    """Two areas, one with a hole, one of two parts."""
    holed = shapely.Polygon(
        [(120, 28), (120.2, 28), (120.2, 28.2), (120, 28.2)],
        [[(120.05, 28.05), (120.1, 28.05), (120.1, 28.1), (120.05, 28.1)]],
    )
    parts = shapely.union(shapely.box(120.2, 28, 120.3, 28.1), shapely.box(120.4, 28, 120.5, 28.1))
    columns = {"编码": ["330302006001", "330302006002"], "名称": ["鼓楼社区", "墨池社区"], "户数": [1200, 15]}
    return gpd.GeoDataFrame(columns, geometry=[holed, parts], crs=4326)


def write_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    pd.DataFrame(frame.drop(columns="geometry")).assign(wkt=frame.geometry.to_wkt()).to_csv(path, index=False)


def write_xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    pd.DataFrame(frame.drop(columns="geometry")).assign(wkt=frame.geometry.to_wkt()).to_excel(path, index=False)


def write_kml(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path, driver="LIBKML")


def write_kmz(frame: gpd.GeoDataFrame, path: Path) -> None:
    write_kml(frame, path.with_suffix(".kml"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path.with_suffix(".kml"), "doc.kml")


def write_shp(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path, encoding="UTF-8")


def write_zip(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path.with_suffix(".shp"), encoding="GB18030")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            archive.write(path.with_suffix(ending), f"数据/图层{ending}")


WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
    "a.csv": write_csv,
    "a.xlsx": write_xlsx,
    "a.geojson": lambda frame, path: frame.to_file(path, driver="GeoJSON"),
    "a.gpkg": lambda frame, path: frame.to_file(path),
    "a.shp": write_shp,
    "a.zip": write_zip,
    "a.kml": write_kml,
    "a.kmz": write_kmz,
    "a.parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(name: str, tmp_path: Path) -> None:
    """Headers, text and geometry come out of every format as they went in; values are text."""
    WRITERS[name](town(), tmp_path / name)
    raw = read_file(tmp_path / name, AREAS)
    assert raw.frame["编码"].tolist() == ["330302006001", "330302006002"]
    assert raw.frame["名称"].tolist() == ["鼓楼社区", "墨池社区"]
    assert raw.frame["户数"].tolist() == ["1200", "15"]
    assert all(str(dtype) == "str" for dtype in raw.frame.dtypes)
    assert list(raw.frame.index) == [0, 1]
    assert raw.geometry is not None
    assert shapely.equals(raw.geometry, town().geometry.to_numpy()).all()
    assert raw.crs is not None


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.parquet", "a.kml"])
def test_three_dimensional_geometry_is_flattened(name: str, tmp_path: Path) -> None:
    """Heights are dropped: an area has two dimensions."""
    frame = town().set_geometry(shapely.force_3d(town().geometry.to_numpy(), 7.0))
    WRITERS[name](frame, tmp_path / name)
    raw = read_file(tmp_path / name, AREAS)
    assert raw.geometry is not None
    assert not shapely.has_z(raw.geometry).any()
    assert shapely.equals(raw.geometry, town().geometry.to_numpy()).all()


@pytest.mark.parametrize("name", ["p.geojson", "p.gpkg", "p.shp", "p.parquet", "p.kml"])
def test_points_and_missing_geometry(name: str, tmp_path: Path) -> None:
    """A point comes as a point, a row without one keeps its place with None."""
    points = gpd.GeoDataFrame(
        {"编码": ["A", "B"], "名称": ["甲", "乙"]}, geometry=[shapely.Point(120.5, 28.5), None], crs=4326
    )
    WRITERS["a" + name[1:]](points, tmp_path / name)
    raw = read_file(tmp_path / name, FACILITIES)
    assert raw.geometry is not None
    assert raw.geometry[0] == shapely.Point(120.5, 28.5)
    assert raw.geometry[1] is None


# Encoding


def make_shapefile(folder: Path, *, encoding: str, cpg: bool, ldid: int | None = None) -> Path:
    path = folder / "g.shp"
    town().to_file(path, encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = ldid if ldid is not None else 0
    path.with_suffix(".dbf").write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("encoding", "cpg", "ldid", "by"),
    [
        ("GB18030", False, None, "score"),
        ("GB18030", False, 0x4D, "ldid"),
        ("GB18030", True, None, "cpg"),
        ("UTF-8", False, None, "score"),
    ],
)
def test_the_encoding_of_a_shapefile(tmp_path: Path, encoding: str, cpg: bool, ldid: int | None, by: str) -> None:
    """A GBK shapefile without .cpg is read rightly, field names too, and the evidence says how that was decided."""
    raw = read_file(make_shapefile(tmp_path, encoding=encoding, cpg=cpg, ldid=ldid), AREAS)
    assert list(raw.frame.columns) == ["编码", "名称", "户数"]
    assert raw.frame["名称"].tolist() == ["鼓楼社区", "墨池社区"]
    assert (raw.encoding, raw.evidence["encoding"]["by"]) == (encoding, by)
    if by == "score":
        assert {c["encoding"] for c in raw.evidence["encoding"]["candidates"]} == {"UTF-8", "GB18030", "Big5"}


def test_a_cpg_that_the_bytes_contradict_is_passed_over(tmp_path: Path) -> None:
    """A .cpg that says UTF-8 beside GBK bytes is not believed, and the evidence says so."""
    path = make_shapefile(tmp_path, encoding="GB18030", cpg=True)
    path.with_suffix(".cpg").write_text("UTF-8")
    raw = read_file(path, AREAS)
    assert raw.frame["名称"].tolist() == ["鼓楼社区", "墨池社区"]
    assert raw.evidence["encoding"]["passed_over"] == ["cpg: UTF-8"]


SIMPLE = "编码,姓名,部门\n001,张伟,卫生健康局\n002,李娜,鼓楼街道办事处\n"
TRADITIONAL = "編碼,名稱,地址\n001,聯合診所,人民路一號\n002,惠民醫院,中山路二號\n"


@pytest.mark.parametrize(
    ("text", "codec", "encoding", "by"),
    [
        (SIMPLE, "utf-8", "UTF-8", "score"),
        (SIMPLE, "utf-8-sig", "UTF-8", "bom"),
        (SIMPLE, "gbk", "GB18030", "score"),
        (SIMPLE, "utf-16", "UTF-16", "bom"),
        (TRADITIONAL, "big5", "Big5", "score"),
        (TRADITIONAL, "utf-8", "UTF-8", "score"),
    ],
)
def test_the_encoding_of_a_csv(tmp_path: Path, text: str, codec: str, encoding: str, by: str) -> None:
    """UTF-8 with and without a mark, GBK, Big5 and UTF-16 are told apart by what they say."""
    path = tmp_path / "o.csv"
    path.write_bytes(text.encode(codec))
    raw = read_file(path, OFFICERS)
    header, _first, second, _end = text.split("\n")
    assert list(raw.frame.columns) == header.split(",")
    assert raw.frame.iloc[1].tolist() == second.split(",")
    assert (raw.encoding, raw.evidence["encoding"]["by"]) == (encoding, by)


@pytest.mark.parametrize(
    "names",
    [
        ["Hammaslääkäri Pentti Calonius", "Osteopaatit Nora Seppä", "Apteekki"],
        ["Clinique de l’Étoile", "Pharmacie n° 4, 20 € – 30 €"],
        ["Аптека", "Городская поликлиника № 4"],
        ["Πολυκλινική", "Φαρμακείο"],
        ["Phòng khám Đa khoa", "Nhà thuốc"],
    ],
)
def test_other_scripts_in_utf8_are_no_chinese(names: list[str]) -> None:
    """Words with letters beyond ASCII are read as UTF-8, though their bytes make Chinese characters as well.

    The control: one Chinese character in GBK whose bytes make a single letter in UTF-8 stays Chinese.
    """
    from gis.intake.readers.encoding import Bytes, detect

    def found(data: bytes) -> str:
        return detect(Bytes(lambda: [data], lambda codec: [], joined=True), known=lambda headers: 0)[0]

    data = "\n".join(names).encode()
    assert found(data) == "UTF-8"
    assert found("一".encode("gbk")) == "GB18030"
    assert found("A一,1".encode("gbk")) == "GB18030"


def test_an_encoding_that_is_given_is_obeyed_or_refused(tmp_path: Path) -> None:
    """--encoding wins over the score; one that does not fit is refused, one that does not exist is a wrong word."""
    path = tmp_path / "o.csv"
    path.write_bytes(SIMPLE.encode("gbk"))
    assert read_file(path, OFFICERS, encoding="gbk").evidence["encoding"]["by"] == "given"
    with pytest.raises(DataRejected, match="UTF-8"):
        read_file(path, OFFICERS, encoding="utf-8")
    with pytest.raises(UsageError):
        read_file(path, OFFICERS, encoding="klingon")


@pytest.mark.real_data
def test_real_names_are_never_taken_for_another_encoding() -> None:
    """Any twenty real village names in GBK or Big5-free UTF-8 are recognised."""
    from gis.intake.readers.encoding import Bytes, detect

    if not REAL.exists():
        pytest.skip("the real data are not beside the repository")
    names = pd.read_csv(REAL / "wenzhou" / "wenzhou_villages.csv", dtype=str)["name"]
    for start in range(0, len(names), 20):
        for codec, encoding in (("gbk", "GB18030"), ("utf-8", "UTF-8")):
            data = "\n".join(names[start : start + 20]).encode(codec)
            text = Bytes(lambda data=data: [data], lambda codec: [], joined=True)  # type: ignore[misc]
            assert detect(text, known=lambda headers: 0)[0] == encoding


# CSV


def test_a_quoted_cell_may_hold_separators_and_lines(tmp_path: Path) -> None:
    """Quotation marks protect commas and line ends; empty cells are null; a code keeps its zeros."""
    path = tmp_path / "f.csv"
    path.write_text('编码,名称,地址\n0001,"甲,乙","一\n二"\n0002,,""\n', encoding="utf-8")
    raw = read_file(path, FACILITIES)
    assert raw.frame["编码"].tolist() == ["0001", "0002"]
    assert raw.frame["地址"][0] == "一\n二"
    assert raw.frame.loc[1, ["名称", "地址"]].isna().all()
    assert (raw.geometry, raw.crs, raw.hidden) == (None, None, ())


@pytest.mark.parametrize("row", ["3,c", "3,c,d,e"])
def test_a_ragged_row_is_named(tmp_path: Path, row: str) -> None:
    """A row with too few or too many cells refuses the file and is named, its content is not."""
    path = tmp_path / "f.csv"
    path.write_text(f"code,name,kind\n1,a,x\n2,b,x\n{row}\n", encoding="utf-8")
    with pytest.raises(DataRejected) as refusal:
        read_file(path, FACILITIES)
    assert refusal.value.details["row"] == 3
    assert "f.csv" in refusal.value.message


def test_a_million_rows_fit_through_the_wall(tmp_path: Path) -> None:
    """The memory limit is on the parser, not on the table: a million rows are read in batches."""
    path = tmp_path / "f.csv"
    line = "F{0:07d},第{0}卫生服务站,诊所,120.123456,28.123456,人民路{0}号甲单元二楼\n".format
    with path.open("w", encoding="utf-8") as file:
        file.write("code,name,kind,lon,lat,address\n")
        file.writelines(line(i) for i in range(1_000_000))
    raw = read_file(path, FACILITIES)
    assert len(raw.frame) == 1_000_000
    assert raw.frame["code"].iloc[-1] == "F0999999"


@pytest.mark.parametrize("text", ["", "code,code\n1,2\n", "code,name\n1,a\x00b\n\n", "\n\n"])
def test_odd_csv_files_are_read_or_refused(tmp_path: Path, text: str) -> None:
    """Nothing, a header twice, a zero byte: an answer, never a traceback."""
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    try:
        answer = read_file(path, FACILITIES).path.name
    except DataRejected as refusal:
        answer = refusal.message
    assert "f.csv" in answer


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    """No rows is not an error: the columns are there."""
    path = tmp_path / "f.csv"
    path.write_text("code,name\n", encoding="utf-8")
    raw = read_file(path, FACILITIES)
    assert (list(raw.frame.columns), len(raw.frame)) == (["code", "name"], 0)


# XLSX


def workbook(tmp_path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "机构"
    for row in (["编码", "名称", "经度", "纬度"], ["A1", "甲", 120.5, 28], ["A2", "乙", 120.6, 28.25]):
        sheet.append(row)
    change(book)
    book.save(tmp_path / "b.xlsx")
    return tmp_path / "b.xlsx"


def hidden_text(raw: RawFile) -> str:
    return " ".join(place.name + place.frame.to_csv() for place in raw.hidden)


def test_cells_become_text_as_people_write_it(tmp_path: Path) -> None:
    """Dates are ISO, whole numbers have no point, long codes no exponent, blank rows are no rows."""

    def change(book: openpyxl.Workbook) -> None:
        at = datetime(2024, 1, 5, 8, 30)  # noqa: DTZ001 (a cell has no time zone)
        book["机构"].append(["A3", None, 330302006044.0, at])
        book["机构"].append([])
        book["机构"].append(["A4", True, 1e-7, date(2024, 1, 5)])

    raw = read_file(workbook(tmp_path, change), FACILITIES)
    assert raw.frame["经度"].tolist() == ["120.5", "120.6", "330302006044", "1e-07"]
    assert raw.frame["纬度"].tolist() == ["28", "28.25", "2024-01-05 08:30:00", "2024-01-05"]
    assert raw.frame["名称"].isna().tolist() == [False, False, True, False]


def test_whatever_is_not_the_main_table_is_a_hidden_place(tmp_path: Path) -> None:
    """Other sheets in any state, comments, defined names, hidden rows and columns, titles: all can be inspected."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["机构"]
        sheet.insert_rows(1)
        sheet["A1"] = "标题密语"
        sheet["A3"].comment = Comment("批注密语", "x")
        sheet.column_dimensions["B"].hidden = True
        sheet.row_dimensions[4].hidden = True
        for name, state in (("二", "visible"), ("三", "hidden"), ("四", "veryHidden")):
            other = book.create_sheet(name)
            other["C7"] = f"{name}密语"
            other.sheet_state = state
        book.defined_names["秘密"] = openpyxl.workbook.defined_name.DefinedName("秘密", attr_text='"名称密语"')

    raw = read_file(workbook(tmp_path, change), FACILITIES)
    text = hidden_text(raw)
    assert raw.frame["编码"].tolist() == ["A1", "A2"]
    for word in ("标题密语", "批注密语", "二密语", "三密语", "四密语", "名称密语"):
        assert word in text
    places = {place.name: place.frame for place in raw.hidden}
    assert places["机构: hidden columns"]["名称"].tolist() == ["甲", "乙"]
    assert places["机构: hidden rows"]["编码"].tolist() == ["A2"]


def test_the_main_table_is_the_first_visible_sheet(tmp_path: Path) -> None:
    """A hidden sheet in front is not imported; it is a hidden place."""

    def change(book: openpyxl.Workbook) -> None:
        first = book.create_sheet("先", 0)
        first["A1"] = "密语"
        first.sheet_state = "hidden"

    raw = read_file(workbook(tmp_path, change), FACILITIES)
    assert raw.frame["编码"].tolist() == ["A1", "A2"]
    assert "密语" in hidden_text(raw)


def test_a_formula_is_refused_with_its_cell(tmp_path: Path) -> None:
    """A formula has no value of its own: the message names the cell and says to paste values."""

    def change(book: openpyxl.Workbook) -> None:
        book["机构"]["C3"] = "=1+1"

    with pytest.raises(DataRejected) as refusal:
        read_file(workbook(tmp_path, change), FACILITIES)
    assert refusal.value.details["cell"] == "C3"


# Hidden places and reference systems of the other formats


def test_nested_geojson_is_a_hidden_place(tmp_path: Path) -> None:
    """Objects, lists and foreign members are flattened, not lost and not columns."""
    feature = {
        "type": "Feature",
        "geometry": None,
        "note": "甲密语",
        "properties": {"code": "1", "more": {"who": ["乙密语"]}},
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature], "author": "丙密语"}))
    raw = read_file(path, AREAS)
    assert list(raw.frame.columns) == ["code"]
    assert {p.name for p in raw.hidden} == {"nested", "members"}
    assert all(word in hidden_text(raw) for word in ("甲密语", "乙密语", "丙密语"))


@pytest.mark.parametrize(
    ("crs", "stated"),
    [(None, "EPSG:4326"), ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"), ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326")],
)
def test_the_crs_member_of_geojson_is_read(tmp_path: Path, crs: str | None, stated: str) -> None:
    """GeoJSON is WGS 84 unless the member of the older draft says otherwise."""
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None, "properties": {}}]}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}  # type: ignore[assignment]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(document))
    assert read_file(path, AREAS).crs == stated


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>图层密语</name>
<Style><BalloonStyle><text>气泡密语</text></BalloonStyle></Style><Placemark><name>鼓楼社区</name><description>说明密语</description>
<Snippet>摘要密语</Snippet><ExtendedData><Data name="编码"><value>330302006001</value></Data>
<Data name="备注"><value>备注密语</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>
120,28,0 121,28,0 121,29,0 120,28,0</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""


def test_kml_shows_declared_fields_and_hides_nothing_else(tmp_path: Path) -> None:
    """Name and declared ExtendedData are columns; description, snippet, balloon and other fields are hidden places."""
    path = tmp_path / "a.kml"
    path.write_text(KML, encoding="utf-8")
    raw = read_file(path, AREAS)
    assert raw.frame.to_dict("list") == {"编码": ["330302006001"], "name": ["鼓楼社区"]}
    assert raw.crs == "EPSG:4326"
    for word in ("图层密语", "气泡密语", "说明密语", "摘要密语", "备注密语"):
        assert word in hidden_text(raw)


def test_other_layers_of_a_geopackage_are_hidden_places(tmp_path: Path) -> None:
    """The layer named like the kind is read; every other table can be inspected."""
    path = tmp_path / "a.gpkg"
    town().to_file(path, layer="areas")
    town().assign(名称="密语").to_file(path, layer="other")
    raw = read_file(path, AREAS)
    assert raw.frame["名称"].tolist() == ["鼓楼社区", "墨池社区"]
    assert [place.name for place in raw.hidden] == ["other"]
    assert "密语" in hidden_text(raw)


def test_an_unclear_main_layer_is_refused(tmp_path: Path) -> None:
    """Two layers and none named like the kind: the file does not say what to import."""
    for layer in ("one", "two"):
        town().to_file(tmp_path / "a.gpkg", layer=layer)
    with pytest.raises(DataRejected, match="areas"):
        read_file(tmp_path / "a.gpkg", AREAS)


def test_curves_become_straight_lines(tmp_path: Path) -> None:
    """A polygon with arcs in a GeoPackage is straightened."""
    import pyogrio

    source = Path(pyogrio.__file__).parent / "tests" / "fixtures" / "curvepolygon.gpkg"
    if not source.exists():
        pytest.skip("this pyogrio ships no test file with curves")
    shutil.copy(source, tmp_path / "a.gpkg")
    raw = read_file(tmp_path / "a.gpkg", AREAS)
    assert raw.geometry is not None
    assert raw.geometry[0].geom_type == "Polygon"


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.parquet"])
def test_a_reference_system_is_stated_or_none(name: str, tmp_path: Path) -> None:
    """What is stated is handed on; a missing .prj and an undefined system are None, never guessed."""
    WRITERS[name](town().to_crs(4490), tmp_path / name)
    assert pyproj.CRS(read_file(tmp_path / name, AREAS).crs).to_epsg(min_confidence=20) == 4490
    (tmp_path / "no").mkdir()
    with warnings.catch_warnings(action="ignore"):
        WRITERS[name](town().set_crs(None, allow_override=True), tmp_path / "no" / name)
    assert read_file(tmp_path / "no" / name, AREAS).crs is None


def test_deleted_rows_of_a_dbf_stay_deleted(tmp_path: Path) -> None:
    """A record that is marked as deleted goes, together with its shape."""
    write_shp(town(), tmp_path / "a.shp")
    data = bytearray((tmp_path / "a.dbf").read_bytes())
    data[int.from_bytes(data[8:10], "little")] = 0x2A
    (tmp_path / "a.dbf").write_bytes(bytes(data))
    raw = read_file(tmp_path / "a.shp", AREAS)
    assert raw.frame["名称"].tolist() == ["墨池社区"]
    assert raw.geometry is not None
    assert raw.geometry[0].geom_type == "MultiPolygon"


@pytest.mark.parametrize("ending", [".shx", ".dbf"])
def test_a_missing_part_of_a_shapefile_is_named(tmp_path: Path, ending: str) -> None:
    """The message says which file is missing."""
    write_shp(town(), tmp_path / "a.shp")
    (tmp_path / f"a{ending}").unlink()
    with pytest.raises(DataRejected, match=ending):
        read_file(tmp_path / "a.shp", AREAS)


def test_a_hundred_thousand_polygons_fit_through_the_wall(tmp_path: Path) -> None:
    """A GeoPackage of a whole city's grid is read within the limits."""
    count = 100_000
    x, y = np.arange(count) % 400 * 0.001, np.arange(count) // 400 * 0.001
    codes = [f"{i:015d}" for i in range(count)]
    cells = shapely.box(x, y, x + 0.001, y + 0.001)
    gpd.GeoDataFrame({"code": codes}, geometry=cells, crs=4326).to_file(tmp_path / "a.gpkg")
    raw = read_file(tmp_path / "a.gpkg", AREAS)
    assert raw.frame["code"].iloc[-1] == codes[-1]
    assert raw.geometry is not None
    assert len(raw.geometry) == count


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("kind", "name", "rows"),
    [
        ("areas", "chicago/areas.gpkg", 78),
        ("facilities", "chicago/facilities.csv", 12367),
        ("licences", "chicago/licences.csv", 17173),
        ("areas", "wenzhou/wenzhou_districts_wgs84.geojson", 12),
        ("areas", "wenzhou/wenzhou_core_gcj02_2018.geojson", 4),
        ("areas", "wenzhou/wenzhou_villages.csv", 3685),
    ],
)
def test_real_files_are_read_whole(kind: str, name: str, rows: int) -> None:
    """Every row of the real files comes through."""
    path = REAL / name
    if not path.exists():
        pytest.skip("the real data are not beside the repository")
    raw = read_file(path, load_source(kind))
    assert len(raw.frame) == rows
    if raw.geometry is not None:
        assert not shapely.is_missing(raw.geometry).any()

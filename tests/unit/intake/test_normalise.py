"""From raw files to canonical frames: what is understood, what is said, and what is refused."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.crs import Datum, shift_geometries, to_datum
from gis.intake.cells import clean_text, read_codes, read_dates, read_integers, read_numbers
from gis.intake.doctor import sample_inside
from gis.intake.normalise import Normalised, normalise
from gis.intake.read import RawFile
from gis.intake.source import load_source
from gis.tables import TABLES
from gis.texts import use_language
from gis.validate import empty_frame

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
WENZHOU = SHARED / "wenzhou" / "wenzhou_districts_wgs84.geojson"
CORE = SHARED / "wenzhou" / "wenzhou_core_gcj02_2018.geojson"
needs_wenzhou = pytest.mark.skipif(not WENZHOU.exists(), reason="../shared/data/wenzhou is not here")


def raw(columns: dict[str, list[str | None]], geometry: Any = None, crs: str | None = None) -> RawFile:
    """A file as the readers hand it over: text or null in every cell."""
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})
    shapes = None if geometry is None else np.array([*geometry, None], dtype=object)[:-1]
    return RawFile(Path("file"), frame, shapes, crs, "UTF-8", {"encoding": {"chosen": "UTF-8"}}, ())


def run(kind: str, file: RawFile, *, datum: Datum | None = None, areas: Any = None) -> Normalised:
    with use_language("en"):
        return normalise(file, load_source(kind), datum=datum, areas=areas)


def facilities(lon: Any, lat: Any, **more: list[str | None]) -> RawFile:
    n = len(lon)
    columns: dict[str, list[str | None]] = {
        "code": [f"F{i}" for i in range(n)],
        "name": ["x"] * n,
        "kind": ["clinic"] * n,
        "lon": [str(v) for v in lon],
        "lat": [str(v) for v in lat],
    }
    return raw(columns | more)


def stored(codes: list[str], polygons: Any) -> Any:
    """Areas as the store holds them."""
    frame = pd.DataFrame(empty_frame("areas").drop(columns="geometry").reindex(range(len(codes))))
    frame = frame.assign(code=codes, name=codes, level="grid")
    return gpd.GeoDataFrame(frame, geometry=list(polygons), crs=4326)


def rules(result: Normalised) -> list[tuple[int | None, str | None, str, str]]:
    return [(p.row, p.column, p.rule, p.severity) for p in result.problems]


def only_message(result: Normalised) -> str:
    """The message of the one problem that refused the file; the frame is empty and canonical."""
    assert [(p.row, p.severity) for p in result.problems] == [(None, "error")]
    assert len(result.frame) == 0
    return result.problems[0].message


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [
        ("120.65", 120.65),
        ("-87.65", -87.65),
        ("１２０．６５", 120.65),
        ("120,65", 120.65),
        (" 120. 65 ", 120.65),
        ("120°39'12.5\"E", 120 + 39 / 60 + 12.5 / 3600),
        ("120°39′12.5″", 120 + 39 / 60 + 12.5 / 3600),
        ("E120°39'12.5''", 120 + 39 / 60 + 12.5 / 3600),
        ("120d39m12.5s", 120 + 39 / 60 + 12.5 / 3600),
        ("120:39:12.5", 120 + 39 / 60 + 12.5 / 3600),
        ("东经120度39分12.5秒", 120 + 39 / 60 + 12.5 / 3600),
        ("北纬２８°０．５′", 28 + 0.5 / 60),
        ("28 0.5 N", 28 + 0.5 / 60),
        ("28 0 30S", -28 - 30 / 3600),
        ("87°39'W", -87.65),
        ("-0 30 0", -0.5),
        ("28.5°", 28.5),
        ("120°61'", None),
        ("12O.65", None),
        ("120.65,28.01", None),
        ("nan", None),
        ("1e999", None),
        ("W 87 E", None),
    ],
)
def test_angles_as_people_write_them(cell: str, degrees: float | None) -> None:
    """Degrees in the usual spellings are read; anything else is unreadable, never half a number."""
    reading = read_numbers(clean_text(pd.Series([cell, None])), angles=True)
    assert reading.unreadable.tolist() == [degrees is None, False]
    assert reading.values.tolist() == pytest.approx([np.nan if degrees is None else degrees, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-01-05", "2024-01-05"),
        ("2024/1/5", "2024-01-05"),
        ("2024.1.5", "2024-01-05"),
        ("2024年1月5日", "2024-01-05"),
        ("２０２４－０１－０５", "2024-01-05"),
        ("20240105", "2024-01-05"),
        ("45296", "2024-01-05"),
        ("2024-01-05 00:00:00", "2024-01-05"),
        ("2024-01-05T08:00:00+08:00", "2024-01-05"),
        ("9999-12-31", "9999-12-31"),
        ("2023-02-29", None),
        ("20241305", None),
        ("5/1/2024", None),
        ("2024", None),
        ("长期", None),
    ],
)
def test_dates_as_people_write_them(cell: str, day: str | None) -> None:
    """Unambiguous dates are read, also Excel's day numbers; a date that is none, or ambiguous, is unreadable."""
    reading = read_dates(pd.Series([cell, None], dtype="str"))
    assert reading.unreadable.tolist() == [day is None, False]
    assert reading.values.dtype == "datetime64[s]"
    assert reading.values.dt.strftime("%F").tolist()[0] == day or day is None


def test_no_end_is_a_word_too() -> None:
    """长期 in valid_to is an open end, and noted."""
    reading = read_dates(pd.Series(["长期", "2024-01-05"]), may_stay_open=True)
    assert not reading.unreadable.any()
    assert reading.values.isna().tolist() == [True, False]
    assert dict(reading.notes) == {"open-end": 1}


def test_whole_numbers() -> None:
    """1,200 and 12.0 are whole, 12.5 and words are not."""
    reading = read_integers(pd.Series(["1,200", "12.0", "12.5", "many", None], dtype="str"))
    assert reading.values.fillna(-1).tolist() == [1200, 12, -1, -1, -1]
    assert reading.unreadable.tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("damaged", ["3.30302E+11", "3E+05", "330302.0", "#N/A", "#REF!"])
def test_codes_that_a_spreadsheet_damaged_are_unreadable(damaged: str) -> None:
    """What the code was cannot be told any more, so it is not guessed."""
    assert read_codes(pd.Series([damaged, "CHI01", "12E4", "1.2.3"])).unreadable.tolist() == [True, False, False, False]


def test_codes_are_folded() -> None:
    """Full-width letters and digits and invisible characters do not make another code."""
    reading = read_codes(pd.Series(["ＣＨＩ０１", "\u200b330303", "村1", None], dtype="str"))
    assert reading.values.tolist()[:3] == ["CHI01", "330303", "村1"]
    assert dict(reading.notes) == {"full-width": 2}


def test_a_clean_file_becomes_a_canonical_frame() -> None:
    """Rows are numbered from 1, columns are those of the table, raw pair and datum are kept, empty cells missing."""
    result = run("facilities", facilities([120.65, 120.66], [28.0, 28.1], hours=["8-17", "  "]), datum="wgs84")
    frame = result.frame
    assert result.problems == ()
    assert frame.index.tolist() == [1, 2]
    assert frame.index.name == "row"
    assert tuple(frame.columns.drop("geometry")) == TABLES["facilities"].columns
    TABLES["facilities"].schema.validate(pd.DataFrame(frame.drop(columns="geometry")))
    assert frame["raw_lon"].tolist() == [120.65, 120.66]
    assert frame["source_datum"].tolist() == ["wgs84"] * 2
    assert frame["hours"].isna().tolist() == [False, True]
    assert frame.crs.to_epsg() == 4326
    assert result.evidence["encoding"] == {"chosen": "UTF-8"}
    assert result.evidence["datum"]["by"] == "option"


def test_chinese_headers_and_values() -> None:
    """Headers and listed values in Chinese are the canonical ones; the numbering column of a form is dropped."""
    columns: dict[str, list[str | None]] = {
        "责任人编码": ["A", "B"],
        "对象类型": ["包村", "FACILITY"],
        "对象编码": ["330303001001", "F1"],
        "角色": ["主责", "副"],
        "起始日期": ["2024年1月5日", None],
        "序号": ["1", "2"],
    }
    result = run("assignments", raw(columns))
    assert result.problems == ()
    assert result.frame["target_kind"].tolist() == ["area", "facility"]
    assert result.frame["role"].tolist() == ["primary", "deputy"]
    assert result.frame["valid_from"].dt.strftime("%F").tolist()[0] == "2024-01-05"
    assert result.evidence["converted"] == {"valid_from": {"other-date-form": 1}}


def test_a_missing_column_refuses_the_file() -> None:
    """The message names the column and lists what is there; nothing else is said."""
    message = only_message(run("officers", raw({"编码": ["A"]})))
    assert "name" in message
    assert "编码" in message


def test_one_column_twice_refuses_the_file() -> None:
    """Two headers that mean the same column are not guessed between."""
    message = only_message(run("officers", raw({"code": ["A"], "工号": ["B"], "name": ["a"], "姓名": ["a"]})))
    assert "both mean" in message


def test_cells_that_cannot_be_read_are_problems_of_their_row() -> None:
    """Row and column are named, the cell is shown, and the row is left out."""
    file = facilities([120.65, "12O.65", 120.6], [28, 28, 28], valid_from=["2024-01-05", None, "gestern"])
    result = run("facilities", file, datum="wgs84")
    assert rules(result) == [(2, "lon", "coordinate", "error"), (3, "valid_from", "date", "error")]
    assert result.problems[1].message.startswith("Row 3, column valid_from: gestern is no date")
    assert result.frame.index.tolist() == [1]


def test_damaged_codes_name_the_remedy() -> None:
    """A code that became a number says how to save the file rightly."""
    columns: dict[str, list[str | None]] = {"code": ["3.30302E+11", "B"], "name": ["a", "b"]}
    result = run("officers", raw(columns))
    assert rules(result) == [(1, "code", "damaged-code", "error")]
    assert "as text" in result.problems[0].message


def test_a_facility_without_a_point_is_an_error_of_its_row() -> None:
    """Half a point is no point either; the others are read."""
    result = run("facilities", facilities([120.65, "", ""], [28, "", 28]), datum="wgs84")
    assert rules(result) == [(2, "lon", "missing-point", "error"), (3, "lon", "missing-point", "error")]
    assert result.frame.index.tolist() == [1]


def test_a_point_outside_the_globe_is_an_error_of_its_row() -> None:
    """A longitude over 180 or a latitude over 90 is one problem of its cell."""
    result = run("facilities", facilities([120.65, 1206.5, 120, 120, 120], [28, 28, 98, 28, 28]), datum="wgs84")
    assert rules(result) == [(2, "lon", "coordinate", "error"), (3, "lat", "coordinate", "error")]


def test_metres_are_no_degrees() -> None:
    """A file whose coordinates are mostly off the globe is refused once, with the remedy."""
    message = only_message(run("facilities", facilities([563000.1, 563100.2], [3097000, 3098000])))
    assert "EPSG:4326" in message
    assert "563000.1" in message


def test_swapped_axes_refuse_the_file() -> None:
    """One message, with the remedy and the evidence."""
    result = run("facilities", facilities([28.0, 28.1], [120.6, 120.7]))
    assert "exchange" in only_message(result).lower()
    assert result.problems[0].rule == "swapped-axes"
    assert result.evidence["axes"]["by"] == "range"


def test_swapped_polygons_refuse_the_file() -> None:
    """Axes of polygons are examined too."""
    polygon = shapely.box(28, 120, 28.1, 120.1)
    result = run("areas", raw({"code": ["D"], "name": ["D"], "level": ["district"]}, [polygon], "EPSG:4326"))
    only_message(result)
    assert result.problems[0].rule == "swapped-axes"


def test_an_assumed_datum_is_a_warning() -> None:
    """CSV without claims and without --datum: WGS 84, and said so."""
    result = run("facilities", facilities([120.65], [28.0]))
    assert rules(result) == [(None, None, "datum-assumed", "warning")]
    assert result.evidence["datum"] == {"chosen": "wgs84", "by": "assumed", "candidates": {}, "points": 0}
    assert len(result.frame) == 1


def town(datum: Datum, n: int = 200) -> tuple[RawFile, Any]:
    """Facilities in a given datum with claimed grids, and those grids."""
    x, y = np.meshgrid(120.6 + np.arange(20) * 0.005, 27.9 + np.arange(20) * 0.005)
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 0.005, y.ravel() + 0.005)
    codes = [f"330303001001{i:03d}" for i in range(400)]
    lon, lat, owner = sample_inside(np.asarray(cells, dtype=object), total=n)
    shifted = to_datum(lon, lat, datum=datum)
    return facilities(*shifted, area_code=[codes[i] for i in owner]), stored(codes, cells)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_an_inferred_datum_is_applied(datum: Datum) -> None:
    """The evidence is shown, the point is moved to where it belongs, the raw pair is kept."""
    file, areas = town(datum)
    result = run("facilities", file, areas=areas)
    assert result.problems == ()
    assert result.evidence["datum"]["chosen"] == datum
    assert result.evidence["datum"]["by"] == "claimed-areas"
    grid = areas.set_index("code").geometry.loc[result.frame["area_code"]].to_numpy()
    assert shapely.intersects(grid, result.frame.geometry.to_numpy()).all()
    assert result.frame["raw_lon"].tolist() == pytest.approx([float(str(v)) for v in file.frame["lon"]])
    assert set(result.frame["source_datum"]) == {datum}


@pytest.mark.parametrize("how", ["option", "file"])
def test_gcj02_labelled_wgs84_is_refused(how: str) -> None:
    """Whether the user or the file says WGS 84: the message names the datum that fits and the option to give."""
    file, areas = town("gcj02")
    if how == "file":
        points = shapely.points(file.frame["lon"].astype(float), file.frame["lat"].astype(float))
        file = raw({c: file.frame[c].tolist() for c in ("code", "name", "area_code")}, points, "EPSG:4326")
    result = run("facilities", file, datum="wgs84" if how == "option" else None, areas=areas)
    message = only_message(result)
    assert "GCJ-02" in message
    assert "--datum gcj02" in message
    assert result.problems[0].rule == "datum"
    assert result.evidence["datum"]["candidates"]["gcj02"] == 1
    right = run("facilities", file, datum="gcj02", areas=areas)
    assert right.problems == ()
    assert len(right.frame) == len(file.frame)


def test_child_areas_in_gcj02_labelled_wgs84_are_refused() -> None:
    """Areas that the store does not have claim their parent."""
    parents = [shapely.box(120.6 + i * 0.02, 27.9, 120.62 + i * 0.02, 27.92) for i in range(10)]
    halves = [shapely.box(p.bounds[0], south, p.bounds[2], south + 0.01) for p in parents for south in (27.9, 27.91)]
    shifted = [shapely.transform(h, lambda xy: np.column_stack(to_datum(*xy.T, datum="gcj02"))) for h in halves]
    columns: dict[str, list[str | None]] = {
        "code": [f"V{i}" for i in range(20)],
        "name": ["v"] * 20,
        "level": ["village"] * 20,
        "parent_code": [f"S{i // 2}" for i in range(20)],
    }
    areas = stored([f"S{i}" for i in range(10)], parents)
    assert "--datum gcj02" in only_message(run("areas", raw(columns, shifted, "EPSG:4326"), areas=areas))
    assert run("areas", raw(columns, halves, "EPSG:4326"), areas=areas).problems == ()
    right = run("areas", raw(columns, shifted, "EPSG:4326"), datum="gcj02", areas=areas)
    assert shapely.equals_exact(right.frame.geometry.to_numpy(), np.array(halves), 1e-8).all()


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4549", "EPSG:3857"])
def test_foreign_reference_systems_are_stored_in_degrees(crs: str) -> None:
    """CGCS2000 in degrees or metres, and Web Mercator, arrive at the same place; CGCS2000 is named as the datum."""
    shape = gpd.GeoSeries([shapely.box(120.6, 28.0, 120.7, 28.1)], crs=4326)
    file = raw({"code": ["D"], "name": ["D"], "level": ["district"]}, shape.to_crs(crs).to_numpy(), crs)
    result = run("areas", file)
    assert result.problems == ()
    assert shapely.equals_exact(result.frame.geometry.iloc[0], shape[0], 1e-7)
    assert result.evidence["datum"]["chosen"] == ("wgs84" if crs == "EPSG:3857" else "cgcs2000")
    assert result.evidence["crs"] == crs


def test_a_missing_reference_system_refuses_the_file() -> None:
    """Geometry without one is not guessed; with --datum degrees are taken at the user's word, metres are not."""
    columns: dict[str, list[str | None]] = {"code": ["D"], "name": ["D"], "level": ["district"]}
    degrees, metres = shapely.box(120, 28, 121, 29), shapely.box(563000, 3097000, 564000, 3098000)
    assert "reference system" in only_message(run("areas", raw(columns, [degrees])))
    assert len(run("areas", raw(columns, [degrees]), datum="cgcs2000").frame) == 1
    assert run("areas", raw(columns, [metres]), datum="cgcs2000").problems[0].rule == "missing-crs"
    assert run("areas", raw(columns, [degrees], "EPSG:999999")).problems[0].rule == "unknown-crs"


def test_polygons_may_be_text_or_three_dimensional() -> None:
    """Well-known text is as good as a geometry, heights are dropped; a line or nonsense is an error of its row."""
    columns: dict[str, list[str | None]] = {
        "code": ["1", "2", "3"],
        "name": ["x"] * 3,
        "level": ["区县"] * 3,
        "wkt": ["POLYGON ((120 28, 121 28, 121 29, 120 28))", "LINESTRING (120 28, 121 28)", "a field"],
    }
    result = run("areas", raw(columns), datum="wgs84")
    assert rules(result) == [(2, "geometry", "geometry-type", "error"), (3, "geometry", "geometry-type", "error")]
    assert result.frame["level"].tolist() == ["district"]
    high = shapely.force_3d(shapely.box(120, 28, 121, 29), 12.0)
    del columns["wkt"]
    result = run("areas", raw(columns, [high] * 3, "EPSG:4326"))
    assert not shapely.has_z(result.frame.geometry.to_numpy()).any()


def test_points_may_be_geometry() -> None:
    """Point geometry needs no lon and lat; a multipoint of one is a point, a polygon is none."""
    point = shapely.Point(120.6, 28.0)
    geometry = [point, shapely.MultiPoint([point]), shapely.box(120, 28, 121, 29), None]
    columns: dict[str, list[str | None]] = {"code": list("abcd"), "name": list("abcd")}
    result = run("facilities", raw(columns, geometry, "EPSG:4326"))
    assert rules(result) == [(3, "lon", "missing-point", "error"), (4, "lon", "missing-point", "error")]
    assert result.frame["raw_lon"].tolist() == [120.6, 120.6]


def test_an_export_keeps_the_raw_pair() -> None:
    """A file that wangge wrote hands on the raw pair and its datum where the pair leads to the point."""
    raw_lon, raw_lat = (v[0] for v in to_datum(120.65, 28.0, datum="gcj02"))
    more: dict[str, list[str | None]] = {
        "raw_lon": [str(raw_lon), "120.1"],
        "raw_lat": [str(raw_lat), "28.9"],
        "source_datum": ["gcj02", "gcj02"],
    }
    frame = run("facilities", facilities([120.65, 120.65], [28.0, 28.0], **more)).frame
    assert frame["source_datum"].tolist() == ["gcj02", "wgs84"]
    assert frame["raw_lon"].tolist() == [raw_lon, 120.65]
    assert frame.geometry.x.tolist() == pytest.approx([120.65, 120.65])


def test_a_datum_column_is_a_statement() -> None:
    """One datum in a column of the file is what the file states; two, or an unknown one, refuse it."""
    two = [120.65, 120.66], [28.0, 28.1]
    result = run("facilities", facilities(*two, 坐标基准=["GCJ-02", None]))
    assert result.evidence["datum"]["chosen"] == "gcj02"
    assert result.evidence["datum"]["by"] == "file"
    assert "GCJ-02" in only_message(run("facilities", facilities(*two, 坐标基准=["GCJ-02", "WGS 84"])))
    assert "Mars" in only_message(run("facilities", facilities(*two, 坐标基准=["Mars", "Mars"])))


def test_an_empty_file_is_an_empty_frame() -> None:
    """Headers without rows are no problem of normalising."""
    for kind, columns in (("officers", ["code", "name"]), ("facilities", ["code", "name", "lon", "lat"])):
        result = run(kind, raw({name: [] for name in columns}), datum="wgs84" if kind == "facilities" else None)
        assert result.problems == ()
        assert len(result.frame) == 0


@needs_wenzhou
@pytest.mark.real_data
def test_wenzhou_core_districts_labelled_wgs84() -> None:
    """The real file: GCJ-02 under the label WGS 84, against the districts in the store."""
    districts, core = gpd.read_file(WENZHOU), gpd.read_file(CORE)
    areas = stored(districts["code"].tolist(), districts.geometry)
    columns: dict[str, list[str | None]] = {
        "code": core["id"].tolist(),
        "name": core["name"].tolist(),
        "level": ["district"] * len(core),
    }
    assert "--datum gcj02" in only_message(run("areas", raw(columns, core.geometry, "EPSG:4326"), areas=areas))
    back = shift_geometries(core.geometry.to_numpy(), datum="gcj02")
    assert run("areas", raw(columns, back, "EPSG:4326"), areas=areas).problems == ()


@needs_wenzhou
@pytest.mark.real_data
def test_wenzhou_facilities_with_village_codes() -> None:
    """Claims by 12-digit village codes count for the district, the only polygons there are."""
    districts = gpd.read_file(WENZHOU)
    villages = pd.read_csv(WENZHOU.with_name("wenzhou_villages.csv"), dtype=str).groupby("areaCode")["code"].first()
    lon, lat, owner = sample_inside(districts.geometry.to_numpy(), total=2000)
    codes = districts["code"].map(villages).fillna(districts["code"])
    file = facilities(*to_datum(lon, lat, datum="gcj02"), area_code=codes.iloc[owner].tolist())
    areas = stored(districts["code"].tolist(), districts.geometry)
    assert "--datum gcj02" in only_message(run("facilities", file, datum="wgs84", areas=areas))
    assert run("facilities", file, areas=areas).evidence["datum"]["chosen"] == "gcj02"

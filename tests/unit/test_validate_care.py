"""The rules of cells, registered births and travel times."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.tables import TABLES, WOMEN
from gis.texts import use_language
from gis.validate import Report, Stored, validate
from gis.validate.stored import empty_frame

LEVELS = ("district", "street", "village", "grid")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts in English."""
    with use_language("en"):
        yield


def frame_of(kind: str, *rows: dict[str, Any]) -> Any:
    """A canonical frame whose rows are numbered from 1; what a row does not name is missing."""
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=str(column.dtype))
        for name, column in TABLES[kind].schema.columns.items()
    }
    frame = pd.DataFrame(columns)
    frame.index = pd.RangeIndex(1, len(rows) + 1, name="row")
    return (
        gpd.GeoDataFrame(frame, geometry=[shapely.Point(120, 30)] * len(rows), crs=4326)
        if kind == "population"
        else frame
    )


def cell(code: str, population: float | None, women: float | None = None, **more: Any) -> dict[str, Any]:
    """A cell with as many women in each age group."""
    place = {"raw_lon": 120.0, "raw_lat": 30.0, "source_datum": "wgs84"}
    return {"cell": code, "population": population, **dict.fromkeys(WOMEN, women), **place, **more}


def births(area: str, period: str, boys: int | None = 50, girls: int | None = 50) -> dict[str, Any]:
    """A registered total."""
    return {"area_code": area, "period": period, "boys": boys, "girls": girls}


def check(kind: str, *rows: dict[str, Any], located: pd.Series | None = None, **known: Any) -> Report:
    """The report on these rows, together with what is known."""
    nothing = Stored.empty()
    areas = empty_frame("areas").reindex([0, 1]).assign(code=["A", "B"])
    stored = Stored(
        gpd.GeoDataFrame(areas), nothing.officers, nothing.assignments, known.pop("facilities", ()), **known
    )
    return validate(kind, frame_of(kind, *rows), levels=LEVELS, stored=stored, located=located)


def rules(report: Report) -> list[tuple[int | None, str | None, str, str]]:
    """Row, column, rule and severity of each problem."""
    return [(p.row, p.column, p.rule, p.severity) for p in report.problems]


def test_sound_rows_have_no_problem() -> None:
    """Controls of every rule: cells with and without ages, totals of disjoint months, ways with known ends."""
    assert check("population", cell("a", 100, 7), cell("b", 100), cell("c", 0, 0)) == Report()
    assert (
        check("births", births("A", "2023"), births("A", "2024-01"), births("B", "2023"), women={"A": 2000}) == Report()
    )
    ways = {"origin": "a", "destination": "F", "minutes": 12.5}
    assert check("times", ways, cells=pd.Index(["a"]), facilities=frozenset({"F"})) == Report()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (cell("a", -1), (1, "population", "value", "error")),
        (cell("a", None), (1, "population", "missing-value", "error")),
        (cell("a", 100, -1), (1, WOMEN[0], "value", "error")),
        (cell("a", 50, 8), (1, "population", "more-women-than-residents", "error")),
        (cell("a", 100, 7, women_25_29=None), (1, None, "some-ages", "error")),
        (cell("a", np.inf), (1, "population", "value", "error")),
    ],
)
def test_a_cell_that_cannot_be_is_an_error(row: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """Negative or missing residents, more women than residents, some ages only: row, column and rule are named."""
    assert expected in rules(check("population", row))


def test_two_cells_with_one_code() -> None:
    """A code stands for one cell."""
    assert rules(check("population", cell("a", 10), cell("a", 20))) == [(2, "cell", "duplicate", "error")]


def test_cells_outside_every_area() -> None:
    """Some outside are one warning with their number; all outside is an error of the file."""
    rows = [cell(code, 100) for code in "abc"]
    index = pd.RangeIndex(1, 4)
    some = check("population", *rows, located=pd.Series(["A", None, None], index=index, dtype="str"))
    assert rules(some) == [(None, None, "outside", "warning")]
    assert "2 of 3 cells, with 200 residents" in some.problems[0].message
    none = check("population", *rows, located=pd.Series([None] * 3, index=index, dtype="str"))
    assert none.refuses_file


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([births("Z", "2023")], (1, "area_code", "unknown-area", "error")),
        ([births("A", "2023", -1)], (1, "boys", "value", "error")),
        ([births("A", "2023", None)], (1, "boys", "missing-value", "error")),
        ([births("A", "2023"), births("A", "2023")], (2, None, "duplicate", "error")),
        ([births("A", "2023"), births("A", "2023-03")], (2, "period", "overlap", "error")),
        ([births("A", "2023-06..2024-02"), births("A", "2024")], (2, "period", "overlap", "error")),
        ([births("B", "2021")], (1, "period", "overlap", "error")),
        ([births("A", "2023", 60, 60)], (1, "area_code", "more-births-than-women", "error")),
        ([births("A", "2023-01", 5, 5)], (1, "area_code", "more-births-than-women", "error")),
        ([births("A", "2023", 1, 0)], (1, None, "small-total", "error")),
        ([births("A", "2023", 0, 9)], (1, None, "small-total", "error")),
    ],
)
def test_a_total_that_cannot_be_is_an_error(rows: list[dict[str, Any]], expected: tuple[Any, ...]) -> None:
    """Unknown area, counts below 0, months that count twice (in the store too), more births than women, too few."""
    report = check("births", *rows, women={"A": 110.0}, births={"B": ("2020..2022",)})
    assert expected in rules(report)


def test_no_row_tells_of_one_birth() -> None:
    """One to nine births are refused without the count in the message; none at all, and ten, come in."""
    assert check("births", births("A", "2023", 0, 0), births("B", "2023", 4, 6)) == Report()
    (problem,) = check("births", births("A", "2023", 7, 1)).problems
    assert not set("78") & set(problem.message)


def test_the_same_period_again_is_no_overlap() -> None:
    """A total of the store that a file states anew is a correction; women are not known everywhere."""
    assert check("births", births("B", "2023", 9999, 1), births={"B": ("2023",)}) == Report()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"origin": "z", "destination": "F", "minutes": 1.0}, (1, "origin", "unknown-origin", "error")),
        ({"origin": "a", "destination": "Z", "minutes": 1.0}, (1, "destination", "unknown-destination", "error")),
        ({"origin": "a", "destination": "F", "minutes": -1.0}, (1, "minutes", "value", "error")),
        ({"origin": "a", "destination": "F", "minutes": None}, (1, "minutes", "missing-value", "error")),
        ({"origin": "a", "destination": "F", "minutes": np.inf}, (1, "minutes", "value", "error")),
    ],
)
def test_a_way_that_cannot_be_is_an_error(row: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """Unknown ends, and minutes that are no number of minutes."""
    assert rules(check("times", row, cells=pd.Index(["a"]), facilities=frozenset({"F"}))) == [expected]

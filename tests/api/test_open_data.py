"""The open data: whole tables, open columns only, nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.open_files import FILES
from gis.roles import columns_for
from gis.services.open_data import COLUMNS
from tests.api.accounts_browser import browse
from tests.api.awkward import district, load


@pytest.fixture
def public(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """The public's browser on the awkward district, where a clinic is called like a formula."""
    frames = district()
    frames["facilities"].loc[0, "name"] = "=HYPERLINK(1)"
    frames["officers"].loc[0, "department"] = "@SUM(A1)"
    load(engine, frames)
    with browse(database_url) as client:
        yield client


def rows(client: TestClient, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(client.get(f"/open/data/{name}").content.decode("utf-8-sig"))))


def properties(client: TestClient, name: str) -> list[dict[str, Any]]:
    """The properties of a GeoJSON file's features."""
    return [feature["properties"] for feature in client.get(f"/open/data/{name}").json()["features"]]


@pytest.mark.parametrize(("table", "name"), [("areas", "areas.geojson"), ("facilities", "facilities.geojson")])
def test_only_open_columns_leave_the_house(public: TestClient, table: str, name: str) -> None:
    """A file has the columns that the public may see and no other."""
    assert {column for row in properties(public, name) for column in row} == set(columns_for(table, "public"))


def test_of_officers_there_is_name_and_department(public: TestClient) -> None:
    """The file of duties has one row for each officer of an area, and one for an area that nobody answers for."""
    found = rows(public, "duties.csv")
    assert set(found[0]) == {"area_code", "area_name", "level", "officer", "department", "role"}
    by_area = {row["area_code"]: row for row in found}
    assert by_area["330302001"]["officer"] == "王五"
    assert by_area["330302001002"]["officer"] == ""
    assert set(by_area) == {row["code"] for row in properties(public, "areas.geojson")}


def test_formula_cells_are_neutralised(public: TestClient) -> None:
    """In CSV a text that a spreadsheet would run gets an apostrophe; GeoJSON keeps it."""
    assert rows(public, "facilities.csv")[0]["name"] == "'=HYPERLINK(1)"
    assert {row["department"] for row in rows(public, "duties.csv") if row["officer"] == "王五"} == {"'@SUM(A1)"}
    assert properties(public, "facilities.geojson")[0]["name"] == "=HYPERLINK(1)"


def test_what_has_ended_is_not_in_force(public: TestClient) -> None:
    """The files are as of today: the grid of 2025 is gone."""
    codes = {row["code"] for row in properties(public, "areas.geojson")}
    assert "330302001001001" not in codes
    assert "330302001001003" in codes


def test_a_table_of_more_than_a_thousand_rows_comes_whole(database_url: str, engine: Engine) -> None:
    """There is no page of 1000 rows."""
    frames = district()
    one = frames["facilities"].iloc[[0]]
    frames["facilities"] = pd.concat([one.assign(code=f"M{i:04}") for i in range(1203)], ignore_index=True)
    load(engine, {name: frames[name] for name in ("areas", "facilities")})
    with browse(database_url) as client:
        assert len(rows(client, "facilities.csv")) == 1203
        assert len(properties(client, "facilities.geojson")) == 1203


def test_a_file_changes_with_the_data_and_not_before(public: TestClient, engine: Engine) -> None:
    """A reader who has the file is told so; after an import the file is another."""
    first = public.get("/open/data/areas.geojson")
    mark = first.headers["ETag"]
    assert public.get("/open/data/areas.geojson", headers={"If-None-Match": mark}).status_code == 304
    frame = district()["areas"].iloc[[0]].assign(name="新名字")
    load(engine, {"areas": frame})
    again = public.get("/open/data/areas.geojson", headers={"If-None-Match": mark})
    assert again.status_code == 200
    assert "新名字" in again.text


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_described(public: TestClient, name: str) -> None:
    """Day, rows, bytes and every column with its meaning; the page of the data shows the same."""
    told = public.get(f"/open/data/{name}/about").json()
    body = public.get(f"/open/data/{name}")
    assert told["bytes"] == len(body.content)
    assert f'filename="{name}"' in body.headers["Content-Disposition"]
    present = set(rows(public, name)[0]) if name.endswith(".csv") else set(properties(public, name)[0]) | {"geometry"}
    assert set(told["columns"]) == present
    assert told["columns"].items() <= dict(COLUMNS).items()
    assert name in public.get("/open/data").text


def test_no_other_file_can_be_named(public: TestClient) -> None:
    """What is not listed is not there."""
    for name in ("officers.csv", "..%2f..%2fetc%2fpasswd", "areas.geojson%00"):
        assert public.get(f"/open/data/{name}").status_code == 404
        assert public.get(f"/open/data/{name}/about").status_code == 404

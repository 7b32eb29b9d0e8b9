"""Cells, births and times in the store: who sees what, two times, and demand for the own ground alone."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import text

from gis.analysis.locate.points import locate_points
from gis.errors import NotAllowed, SignInNeeded
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services.accounts.manage import add_account
from gis.services.care.demand import NOTES, stored_demand, stored_reports
from gis.services.demo import FOLDER, complete_demo
from gis.services.exports import export_table
from gis.services.imports.run import ImportResult, import_file
from gis.services.workspace import Workspace
from gis.store import read
from gis.tables import WOMEN

SECRET = "0123456789"
HEAD = "cell,lon,lat,population," + ",".join(WOMEN) + "\n"


def bring(workspace: Workspace, folder: Path, kind: str, content: str, *, dry_run: bool = False) -> ImportResult:
    """Imports a CSV of this content."""
    file = folder / f"{kind}.csv"
    file.write_text(content, encoding="utf-8")
    return import_file(workspace, SYSTEM, kind, file, dry_run=dry_run)


def district(workspace: Workspace) -> gpd.GeoDataFrame:
    """The areas of the store."""
    with workspace.owner_transaction() as connection:
        return read.read_table(connection, "areas", on=None, known=None)


def place_cells(workspace: Workspace, folder: Path, *, residents: int = 900) -> pd.DataFrame:
    """One cell in the middle of each lowest area, imported; codes and areas of them."""
    areas = district(workspace)
    lowest = areas[~areas["code"].isin(areas["parent_code"].dropna())]
    points = lowest.geometry.representative_point()
    women = ",".join(["30"] * len(WOMEN))
    rows = [f"C{n},{point.x},{point.y},{residents},{women}\n" for n, point in enumerate(points) if not point.is_empty]
    result = bring(workspace, folder, "population", HEAD + "".join(rows))
    assert result.outcome == "written", result.report
    return pd.DataFrame({"cell": [row.split(",")[0] for row in rows], "area": lowest["code"].to_numpy()})


def actor_of(workspace: Workspace, role: str, officer: str) -> Actor:
    """A new account of a role, tied to an officer."""
    number = add_account(workspace, SYSTEM, f"{role}-{officer}", role=role, officer_code=officer, password=SECRET)
    return Actor(role, f"{role}-{officer}", officer, number)  # type: ignore[arg-type]


def test_the_same_file_again_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """Cells come back as they were, a second import finds them unchanged, a correction is one change."""
    place_cells(workspace, tmp_path)
    file = tmp_path / "population.csv"
    again = import_file(workspace, SYSTEM, "population", file)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, again.rows)
    out = tmp_path / "out.csv"
    export_table(workspace, SYSTEM, "population", out)
    once_more = import_file(workspace, SYSTEM, "population", out)
    assert (once_more.inserted, once_more.changed) == (0, 0)
    content = file.read_text(encoding="utf-8")
    assert bring(workspace, tmp_path, "population", content.replace(",900,", ",901,", 1)).changed == 1
    assert bring(workspace, tmp_path, "population", content, dry_run=True).changed == 1


def test_rows_of_the_database_are_locked(workspace: Workspace, tmp_path: Path) -> None:
    """Each account sees the cells of its ground; births are for admins and leaders; the public sees nothing."""
    cells = place_cells(workspace, tmp_path)
    areas = district(workspace)
    top = areas.loc[areas["parent_code"].isna(), "code"].iloc[0]
    assert bring(workspace, tmp_path, "births", f"area_code,period,boys,girls\n{top},2023,40,38\n").outcome == "written"
    with workspace.owner_transaction() as connection:
        facility = read.read_codes(connection, "facilities")[0]
    times = f"origin,destination,minutes\nC0,{facility},12.5\n"
    assert bring(workspace, tmp_path, "times", times).outcome == "written"
    everything, part = actor_of(workspace, "leader", "L01"), actor_of(workspace, "officer", "L02")
    number = add_account(workspace, SYSTEM, "a", role="admin", officer_code=None, password=SECRET)
    admin = Actor("admin", "a", None, number)

    def seen(actor: Actor) -> tuple[int, int, int]:
        with workspace.transaction(actor) as connection:
            tables = ("population", "area_births", "travel_time")
            return tuple(connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables)

    assert seen(everything) == (len(cells), 1, 1)
    assert seen(admin) == (0, 1, 1)
    assert seen(PUBLIC) == (0, 0, 0)
    few, births, ways = seen(part)
    assert 0 < few < len(cells)
    assert (births, ways) == (0, 1)


def test_demand_is_cut_to_the_own_ground(workspace: Workspace, tmp_path: Path) -> None:
    """The system gets all cells, an officer those of the own areas, with the same figures; nobody else gets any."""
    place_cells(workspace, tmp_path)
    everything = stored_demand(workspace, SYSTEM)
    assert {"demand", "low", "high", "visits", "hours", "area_code", "geometry"} <= set(everything.columns)
    assert everything.crs == "EPSG:4326"
    assert everything.attrs[NOTES]
    part = actor_of(workspace, "officer", "L02")
    own = stored_demand(workspace, part)
    assert 0 < len(own) < len(everything)
    pd.testing.assert_series_equal(own["demand"], everything.loc[own.index, "demand"])
    assert len(stored_demand(workspace, actor_of(workspace, "leader", "L01"))) == len(everything)
    with pytest.raises(SignInNeeded):
        stored_demand(workspace, PUBLIC)
    with pytest.raises(NotAllowed):
        stored_demand(workspace, Actor("admin", "a", None, 1))


def test_registered_totals_scale_and_are_compared(workspace: Workspace, tmp_path: Path) -> None:
    """A total brings the births of its cells to it, rounded to five; a small one changes nothing and is not shown.

    Under ten in the row it is not even stored; under ten a year it is not used.
    """
    place_cells(workspace, tmp_path)
    top = district(workspace).query("parent_code.isna()")["code"].iloc[0]
    plain = stored_demand(workspace, SYSTEM)["births"].sum()
    bring(workspace, tmp_path, "births", f"area_code,period,boys,girls\n{top},2023,4,4\n")
    with workspace.owner_transaction() as connection:
        assert read.count_table(connection, "births", on=None, known=None) == 0
    few = bring(workspace, tmp_path, "births", f"area_code,period,boys,girls\n{top},2020..2022,8,8\n")
    assert few.outcome == "written"
    assert stored_demand(workspace, SYSTEM)["births"].sum() == pytest.approx(plain)
    assert stored_reports(workspace, SYSTEM).empty
    bring(workspace, tmp_path, "births", f"area_code,period,boys,girls\n{top},2023,80,86\n")
    assert stored_demand(workspace, SYSTEM)["births"].sum() == pytest.approx(45), "182 in four years"
    shown = stored_reports(workspace, SYSTEM)
    assert shown[["area_code", "registered"]].to_numpy().tolist() == [[top, 45]]
    assert stored_reports(workspace, actor_of(workspace, "leader", "L02")).empty
    with pytest.raises(NotAllowed):
        stored_reports(workspace, actor_of(workspace, "officer", "L02"))
    with pytest.raises(NotAllowed):
        export_table(workspace, actor_of(workspace, "leader", "L01"), "births", tmp_path / "births.csv")


def test_more_births_than_women_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Births are held against the women in the cells of the area; nothing is written."""
    place_cells(workspace, tmp_path)
    top = district(workspace).query("parent_code.isna()")["code"].iloc[0]
    refused = bring(workspace, tmp_path, "births", f"area_code,period,boys,girls\n{top},2023,90000,90000\n")
    assert [p.rule for p in refused.report.problems] == ["more-births-than-women"]
    with workspace.owner_transaction() as connection:
        assert read.count_table(connection, "births", on=None, known=None) == 0


def test_an_older_demo_district_is_completed(workspace: Workspace, tmp_path: Path) -> None:
    """What is missing is brought in, what is there stays; a second time nothing happens."""
    areas = gpd.read_file(FOLDER / "areas.geojson")
    assert import_file(workspace, SYSTEM, "areas", FOLDER / "areas.geojson").outcome == "written"
    complete_demo(workspace, SYSTEM)
    complete_demo(workspace, SYSTEM)
    with workspace.owner_transaction() as connection:
        cells = gpd.GeoDataFrame(read.read_table(connection, "population", on=None, known=None))
        assert read.count_table(connection, "births", on=None, known=None) == 30
        runs = connection.execute(text("SELECT count(*) FROM import_run")).scalar_one()
    outline = areas.loc[areas["level"] == "district"].geometry.to_numpy()
    assert (locate_points(cells.geometry.x, cells.geometry.y, outline) == 0).all()
    assert len(cells) == 539
    complete_demo(workspace, SYSTEM)
    with workspace.owner_transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM import_run")).scalar_one() == runs

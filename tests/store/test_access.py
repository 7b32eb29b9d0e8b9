"""Access to care on what is stored: who counts as a site, who is beyond, for whom, and as of when."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import NotAllowed, UsageError
from gis.policies import read_care_policy
from gis.roles import SYSTEM, Actor
from gis.services.care import access, access_view
from gis.services.care.access import find_access, find_supply, measure_access, select_sites, stored_supply, stored_times
from gis.services.imports.run import import_file
from gis.services.workspace import Workspace
from maps.access import render
from tests.api.people import make_account
from tests.cli.conftest import town_file

ON = date(2024, 6, 30)
WOMEN = ",".join(f"women_{age}_{age + 4}" for age in range(15, 50, 5))


def write_population(folder: Path, *cells: tuple[str, float, float, int]) -> Path:
    """Cells with residents, of whom a twentieth are women of each group."""
    file = folder / "population.csv"
    rows = [f"{code},{lon},{lat},{people}," + ",".join([str(people / 20)] * 7) for code, lon, lat, people in cells]
    file.write_text(f"cell,lon,lat,population,{WOMEN}\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def town(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The six-grid town (beside the awkward district) with two cells in it and one in no area."""
    for kind in ("areas", "facilities", "licences", "equipment"):
        import_file(workspace, SYSTEM, kind, Path(town_file(kind)))
    file = write_population(
        tmp_path, ("C1", 120.6505, 28.0015, 20000), ("C2", 120.6525, 28.0005, 10000), ("C3", 120.80, 28.05, 4000)
    )
    import_file(workspace, SYSTEM, "population", file, partial=True)
    return workspace


def row(document: dict[str, Any], code: str) -> dict[str, Any]:
    """The row of an area."""
    found: dict[str, Any] = next(one for one in document["by_area"] if one["area"] == code)
    return found


def test_sites_are_premises_of_a_kind_that_gives_care_with_its_licence(town: Workspace) -> None:
    """No pharmacy, no ultrasound room, no clinic that the policy does not name; each with what it can take."""
    supply = find_supply(town, SYSTEM, on=ON)
    assert {"F1", "F4"} <= set(supply.sites.index)
    assert not {"F2", "F3", "F5"} & set(supply.sites.index)
    policy = read_care_policy()
    hospital = policy.kinds["医院"]
    machines = int(supply.sites.loc["F4", "machines"])
    weekly = hospital.visits_a_week + hospital.visits_a_week_per_machine * machines
    assert supply.sites.loc["F4", "capacity"] == weekly * policy.weeks_a_year
    assert stored_supply(town, SYSTEM, on=ON).equals(supply.sites)


def test_without_its_licence_in_force_a_site_does_not_count(town: Workspace) -> None:
    """On the day after the hospital's licence ended it is left out, with the reason; the day before it counted."""
    before, after = (find_supply(town, SYSTEM, on=day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert "F4" in before.sites.index
    assert "F4" not in after.sites.index
    assert after.left_out["licence"] == before.left_out["licence"] + 1


def test_a_machine_that_stands_in_two_registers_counts_once(town: Workspace) -> None:
    """It counts where it was registered last; control: another serial number counts for both."""
    facilities = gpd.GeoDataFrame(
        {"code": ["A", "B"], "name": "x", "kind": "hospital", "address": None, "hours": None},
        geometry=gpd.points_from_xy([120.0, 120.1], [28.0, 28.0]),
        crs=4326,
    )
    machines = pd.DataFrame(
        {
            "serial": ["S", "S"],
            "facility_code": ["A", "B"],
            "kind": "ultrasound",
            "valid_from": pd.to_datetime(["2020-01-01", "2021-01-01"]),
        }
    )
    none = pd.DataFrame({"facility_code": [], "kind": []})
    policy = read_care_policy()
    assert select_sites(facilities, none, machines, policy).sites["machines"].tolist() == [0, 1]
    other = machines.assign(serial=["S", "T"])
    assert select_sites(facilities, none, other, policy).sites["machines"].tolist() == [1, 1]


def test_a_site_too_small_to_count_is_said(town: Workspace, tmp_path: Path) -> None:
    """Where the policy wants machines, premises without are left out with that reason."""
    file = tmp_path / "own.toml"
    file.write_text('[kinds."社区卫生服务中心"]\nvisits_a_week = 5\nleast_machines = 99\n', encoding="utf-8")
    found = find_supply(town, SYSTEM, on=ON, policy=read_care_policy(file))
    assert found.sites.empty
    assert found.left_out == {"licence": 0, "machines": 1, "capacity": 0}


def test_the_gaps_add_up_and_have_an_interval(town: Workspace) -> None:
    """A parent has what its children have; beyond nests; ends stay in order."""
    found = access_view.access_gaps(town, SYSTEM, on=ON)
    street, north, south = (row(found, code) for code in ("990101001", "990101001201", "990101001202"))
    assert street["demand"] == pytest.approx(north["demand"] + south["demand"], abs=0.2)
    assert 0 < street["low"] < street["demand"] < street["high"]
    assert street["beyond_30"] == {"people": 0.0, "low": 0.0, "high": 0.0, "share": 0.0}
    assert set(street["by_mode"]) == {"walk", "drive"}
    assert found["straight_line"] == {"walk": True, "drive": True}
    assert any("straight lines" in note for note in found["notes"])
    assert any("in no area" in note for note in found["notes"])


def test_without_sites_everybody_is_unreachable_and_it_is_said(town: Workspace, tmp_path: Path) -> None:
    """Nobody is at 0 minutes, and no figure is infinite; the unreachable are beyond and counted apart."""
    file = tmp_path / "own.toml"
    file.write_text("[kinds.nothing]\nvisits_a_week = 5\n", encoding="utf-8")
    found = access_view.access_gaps(town, SYSTEM, on=ON, policy=read_care_policy(file))
    street = row(found, "990101001")
    assert street["beyond_30"] == street["beyond_60"] == street["unreachable"]
    assert street["unreachable"]["share"] == 1.0
    assert street["access"] == 0.0
    assert any("nobody is within reach" in note for note in found["notes"])


def test_a_full_site_serves_no_more_than_it_can(town: Workspace) -> None:
    """Visits served add up to no more than capacity, although everybody is near."""
    held = find_access(town, SYSTEM, on=ON)
    served, offered = held.by_mode["walk"].cells["served"].sum(), held.supply.sites["capacity"].sum()
    assert 0 < served <= offered + 1e-6
    assert (held.by_mode["walk"].cells["served"] <= held.demand["visits"] + 1e-6).all()


def test_few_people_have_no_figures(workspace: Workspace, tmp_path: Path) -> None:
    """A modelled demand under five is said to be few and nothing else; a larger one has figures."""
    import_file(workspace, SYSTEM, "areas", Path(town_file("areas")))
    import_file(workspace, SYSTEM, "population", write_population(tmp_path, ("C1", 120.6505, 28.0015, 150)))
    small = row(access_view.access_gaps(workspace, SYSTEM, on=ON), "990101001")
    assert (small["few"], small["demand"], small["beyond_30"], small["served"]) == (True, None, None, None)


def test_both_times_are_kept(town: Workspace) -> None:
    """As it was known before the import there is no town; a day before F4's licence, no F4."""
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert row_or_none(access_view.access_gaps(town, SYSTEM, on=ON, known=early), "990101001") is None
    assert "F4" not in find_supply(town, SYSTEM, on=date(2021, 12, 31)).sites.index


def row_or_none(document: dict[str, Any], code: str) -> dict[str, Any] | None:
    return next((one for one in document["by_area"] if one["area"] == code), None)


def test_an_answer_is_kept_until_something_changes(town: Workspace, tmp_path: Path) -> None:
    """The same question brings the same object; one more import brings another, with the new site in it."""
    first = find_access(town, SYSTEM, on=ON)
    assert find_access(town, SYSTEM, on=ON) is first
    file = tmp_path / "facilities.csv"
    file.write_text("code,name,kind,lon,lat\nN1,新诊所,clinic,120.6515,28.0015\n", encoding="utf-8")
    import_file(town, SYSTEM, "facilities", file)
    second = find_access(town, SYSTEM, on=ON)
    assert second is not first
    assert "N1" in second.supply.sites.index


def test_imported_times_are_used_for_their_mode(town: Workspace, tmp_path: Path) -> None:
    """Times of a file stand in the place of straight lines, for the mode that the policy says, and it is said."""
    file = tmp_path / "times.csv"
    file.write_text("origin,destination,minutes\nC1,F1,45\nC1,F4,70\n", encoding="utf-8")
    import_file(town, SYSTEM, "times", file)
    found = access_view.access_gaps(town, SYSTEM, on=ON, mode="drive")
    assert found["imported_times"] == {"walk": False, "drive": True}
    north = row(found, "990101001201")
    assert north["beyond_30"]["share"] == 1.0
    assert north["beyond_60"]["share"] == 0.0
    south = row(found, "990101001202")
    assert south["unreachable"]["share"] == 1.0


def test_those_who_may_not_see_it_do_not(town: Workspace) -> None:
    """Inspectors, admins and the public get nothing: demand has no part in who is inspected."""
    for role in ("inspector", "admin"):
        with pytest.raises(NotAllowed):
            find_access(town, Actor(role=role, name="x"))


def test_a_leader_sees_the_own_part(town: Workspace) -> None:
    """Rows, cells and sites are those of the areas answered for; that sites beyond are not counted is said."""
    with town.owner_transaction() as connection:
        engine = connection.engine
    actor = make_account(engine, "part", "leader", "L02")
    found = access_view.access_gaps(town, actor)
    assert {one["area"] for one in found["by_area"]}.isdisjoint({"990101", "990101001"})
    assert found["cells"]["count"] == 0
    assert any("your own areas" in note for note in found["notes"])


def test_an_unknown_level_is_refused(town: Workspace) -> None:
    """The message lists the levels that there are."""
    with pytest.raises(UsageError, match="district"):
        access_view.access_gaps(town, SYSTEM, on=ON, level="planet")


def test_the_pieces_that_a_what_if_needs_fit_together(town: Workspace) -> None:
    """Demand, supply and times of the service measure to what the service itself tells."""
    held = find_access(town, SYSTEM, on=ON)
    sites = stored_supply(town, SYSTEM, on=ON)
    times = stored_times(town, SYSTEM, held.demand, sites, mode="walk", cut=60, on=ON)
    mine = measure_access(held.demand, sites, times)
    pd.testing.assert_frame_equal(mine, held.by_mode["walk"].cells)


def test_the_map_has_areas_sites_cells_and_lines(town: Workspace) -> None:
    """With straight lines the lines are discs, and the page says so; nothing of a cell but its class is in it."""
    data = access_view.access_data(town, SYSTEM, on=ON)
    assert set(data.isochrones) == {"walk", "drive"}
    assert data.isochrones["walk"]["minutes"].tolist() == [60, 30, 15]
    assert set(data.sites["code"]) >= {"F1", "F4"}
    html = render(data, lang="zh", standalone=True)
    assert str(round(float(access.find_access(town, SYSTEM, on=ON).demand["demand"].iloc[0]), 3)) not in html


def test_suggestions_are_ranked_by_the_lower_end() -> None:
    """The most certain need first; areas with fewer than five are not suggested; ties by code."""

    def area(code: str, people: float, low: float) -> dict[str, Any]:
        return {"area": code, "beyond_30": {"people": people, "low": low, "high": people}}

    rows = [area("a", 50, 10), area("b", 30, 25), area("c", 4, 4), area("d", 30, 25), {"area": "e", "beyond_30": None}]
    assert [one["area"] for one in access_view.suggest_outreach(rows, 30)] == ["b", "d", "a"]

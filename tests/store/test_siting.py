"""Where to open the next clinic, on what is stored: who gains, for whom, and what is refused."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import NotAllowed, SignInNeeded, UsageError
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services.care.access import find_access
from gis.services.care.siting import Place, map_data, open_clinic
from gis.services.care.siting_suggest import suggest_sites, thin_out
from gis.services.imports.run import import_file
from gis.services.workspace import Workspace
from maps.siting import render
from tests.cli.conftest import town_file
from tests.store.test_access import write_population

ON = date(2024, 6, 30)
FAR = (120.005, 28.015)
"""In a grid of the awkward district, 60 km from the sites."""


@pytest.fixture
def town(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The six-grid town with two cells in it, and one far away from every site."""
    for kind in ("areas", "facilities", "licences", "equipment"):
        import_file(workspace, SYSTEM, kind, Path(town_file(kind)))
    file = write_population(
        tmp_path, ("C1", 120.6505, 28.0015, 20000), ("C2", 120.6525, 28.0005, 10000), ("C3", *FAR, 4000)
    )
    import_file(workspace, SYSTEM, "population", file, partial=True)
    return workspace


def test_a_clinic_where_people_are_far_away_reaches_them(town: Workspace) -> None:
    """Beyond before less beyond after is newly within; the far cell is marked; one beside a site gains nobody."""
    here = open_clinic(town, SYSTEM, Place(*FAR), on=ON)
    gained = here["newly"]["within_30"]["people"]
    assert gained > 0
    assert here["before"]["beyond_30"]["people"] - here["after"]["beyond_30"]["people"] == pytest.approx(
        gained, abs=0.2
    )
    assert here["newly"]["within_30"]["low"] < gained < here["newly"]["within_30"]["high"]
    assert (here["cells"]["lon"], here["cells"]["lat"]) == ([FAR[0]], [FAR[1]])
    assert here["after"]["access"] >= here["before"]["access"]
    site = find_access(town, SYSTEM, on=ON).supply.sites.geometry.iloc[0]
    beside = open_clinic(town, SYSTEM, Place(site.x, site.y), on=ON)
    assert beside["newly"]["within_30"]["people"] == 0


def test_coordinates_of_chinese_maps_are_shifted(town: Workspace) -> None:
    """The same numbers in GCJ-02 are another place, some hundred metres away; storage is WGS84."""
    plain, shifted = (open_clinic(town, SYSTEM, Place(*FAR, datum=d), on=ON) for d in ("wgs84", "gcj02"))
    assert (plain["lon"], plain["lat"]) == FAR
    assert 0.001 < abs(shifted["lon"] - FAR[0]) < 0.01


def test_the_suggestion_is_where_people_are_far_away(town: Workspace) -> None:
    """One new site that covers most lies in the far cell; with it nobody is left to cover, so no more are needed."""
    for model in ("mclp", "pcentre", "lscp"):
        found = suggest_sites(town, SYSTEM, model=model, p=1, on=ON)
        assert [site["cell"] for site in found["sites"]] == ["C3"]
        assert found["proven"]
    assert suggest_sites(town, SYSTEM, model="mclp", p=1, on=ON)["objective"] == pytest.approx(
        found["demand"], rel=1e-3
    )


@pytest.mark.parametrize(
    ("place", "says"),
    [(Place(200, 28), "degrees"), (Place(float("nan"), 28), "degrees"), (Place(*FAR, capacity=0), "capacity")],
)
def test_a_place_that_cannot_be_is_refused(town: Workspace, place: Place, says: str) -> None:
    """One message; a good place is not refused (the control is the first test)."""
    with pytest.raises(UsageError, match=says):
        open_clinic(town, SYSTEM, place, on=ON)
    with pytest.raises(UsageError):
        suggest_sites(town, SYSTEM, p=0, on=ON)


def test_only_leaders_try_clinics(town: Workspace) -> None:
    """The public is asked to sign in; inspectors and officers may not."""
    with pytest.raises(SignInNeeded):
        open_clinic(town, PUBLIC, Place(*FAR))
    for role in ("inspector", "officer", "admin"):
        with pytest.raises(NotAllowed):
            suggest_sites(town, Actor(role=role, name="x"))
        with pytest.raises(NotAllowed):
            map_data(town, Actor(role=role, name="x"))


def test_the_map_has_classes_and_no_numbers_of_people(town: Workspace) -> None:
    """Of a cell the page says a class and whether it is within reach."""
    data = map_data(town, SYSTEM, on=ON)
    assert data.cells["within"].tolist() == [True, True, False]
    html = render(data, lang="en")
    assert '"within":[true,true,false]' in html.replace(" ", "")
    assert all(f"{number:.3f}" not in html for number in data.cells["demand"])


def test_many_cells_are_thinned_out_evenly() -> None:
    """At most so many, the same in any order, the one with most demand of each square."""
    points = gpd.points_from_xy([i % 40 / 100 for i in range(1600)], [28 + i // 40 / 100 for i in range(1600)])
    cells = gpd.GeoDataFrame({"demand": [float(i % 7) for i in range(1600)]}, geometry=points, crs=4326)
    cells.index = pd.Index([f"c{i:04}" for i in range(1600)])
    few = thin_out(cells, 100)
    assert 25 <= len(few) <= 100
    assert thin_out(cells[::-1], 100).index.tolist() == few.index.tolist()
    assert (few["demand"] == 6).mean() > 0.9

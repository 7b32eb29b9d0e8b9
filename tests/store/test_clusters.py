"""Clusters of findings in what is stored: who counts, when, and for whom."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gis.errors import NotAllowed, UsageError
from gis.roles import SYSTEM, Actor
from gis.services.imports.run import import_file
from gis.services.selection import clusters
from gis.services.workspace import Workspace
from gis.store import read
from maps.clusters import mark, render
from tests.cli.conftest import town_file

HEAD = "code,facility_code,inspected_on,checklist,inspectors,result,clerical,minor,serious,critical\n"
ON = date(2026, 6, 30)


@pytest.fixture
def inspected(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The six-grid town: every facility inspected in spring, the first with a serious finding, twice."""
    for kind in ("areas", "facilities"):
        import_file(workspace, SYSTEM, kind, Path(town_file(kind)))
    with workspace.transaction(SYSTEM) as connection:
        codes = read.read_table(connection, "facilities", on=ON, known=None)["code"].tolist()
    rows = [f"V{k},{code},2026-03-{k + 1:02d},clinic,,{'fail' if k == 0 else 'pass'},0,1,{int(k == 0)},0"
            for k, code in enumerate(codes)]  # fmt: skip
    rows += [f"W0,{codes[0]},2026-04-01,clinic,,fail,0,0,0,2", f"X1,{codes[1]},2024-01-01,clinic,,fail,0,0,3,0"]
    file = tmp_path / "inspections.csv"
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    import_file(workspace, SYSTEM, "inspections", file)
    return workspace


def totals(found: dict[str, object]) -> tuple[object, object]:
    return found["cases"], found["population"]


def test_a_facility_counts_once_however_often_it_was_visited(inspected: Workspace) -> None:
    """Cases are premises with findings, the population premises inspected; what lies before the period is not in it."""
    with inspected.transaction(SYSTEM) as connection:
        number = len(read.read_table(connection, "inspections", on=ON, known=None)["facility_code"].unique())
    found = clusters.cluster_findings(inspected, SYSTEM, clusters.ask(on=ON, level="district"))
    assert found["cases"] == 1
    assert 1 < found["population"] <= number
    longer = clusters.ask(on=ON, start=date(2023, 1, 1), level="district")
    assert clusters.cluster_findings(inspected, SYSTEM, longer)["cases"] == 2
    minor = clusters.ask(on=ON, severities=["minor"], level="district")
    everything = clusters.cluster_findings(inspected, SYSTEM, minor)
    assert everything["cases"] == everything["population"]
    before = clusters.ask(on=date(2020, 1, 1))
    assert totals(clusters.cluster_findings(inspected, SYSTEM, before)) == (0, 0)


def test_the_answer_says_what_it_does_not_mean(inspected: Workspace) -> None:
    """The sentence goes with the numbers, and the period and the level are said."""
    found = clusters.cluster_findings(inspected, SYSTEM, clusters.ask(on=ON))
    assert "no proof" in found["meaning"]
    assert (found["on"], found["from"], found["level"], found["model"]) == (
        "2026-06-30",
        "2025-07-01",
        "grid",
        "bernoulli",
    )


def test_only_those_who_may_see_findings_see_clusters(inspected: Workspace) -> None:
    """A grid officer and the public get nothing."""
    for role in ("officer", "admin"):
        with pytest.raises(NotAllowed):
            clusters.find_clusters(inspected, Actor(role=role, name="x"), clusters.ask(on=ON))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: clusters.ask(on=ON, start=date(2027, 1, 1)),
        lambda: clusters.ask(on=ON, severities=["grave"]),
    ],
)
def test_a_question_without_sense_is_refused(wrong: Callable[[], object]) -> None:
    """A period that ends before it begins, a severity that is none."""
    with pytest.raises(UsageError):
        wrong()


def test_an_unknown_level_is_refused(inspected: Workspace) -> None:
    """The message lists the levels that there are."""
    with pytest.raises(UsageError, match="district"):
        clusters.find_clusters(inspected, SYSTEM, clusters.ask(on=ON, level="planet"))


def test_the_map_shows_where_nobody_looked(inspected: Workspace) -> None:
    """Areas in a cluster, areas without one and areas where nobody looked are told apart; both languages are there."""
    data = clusters.cluster_data(inspected, SYSTEM, clusters.ask(on=ON))
    areas = mark(data.areas, data.clusters)
    looked = areas["population"].fillna(0) > 0
    assert set(areas.loc[(areas["level"] == "grid") & ~looked, "state"]) <= {"unseen"}
    assert "unseen" not in set(areas.loc[looked, "state"])
    assert areas["number"].notna().sum() == sum(len(names) for names in data.clusters["areas"])
    html = render(data, lang="zh", standalone=True)
    assert "no proof of a cause" in html
    assert "http://" not in html.split("<body", 1)[1].replace("http://www.w3.org", "")

"""Where to go next: the own list first, reasons, only what one answers for, and nothing that was known only later."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.models.ranking import RankPage, RankReport
from gis.roles import SYSTEM
from gis.services.selection import ranking
from gis.services.workspace import Workspace, today
from gis.settings import Settings
from tests.access.conftest import add, assignments, duty
from tests.api.accounts_browser import browse
from tests.api.awkward import MARKUP, district, load
from tests.api.test_due import codes, sign, visits

EARLIER = {"F1": 700, "F2": 650, "F3": 640, "F4": 630, "F5": 620, "F9": 610}
LATER = {"F1": 300, "F2": 290, "F3": 280, "F4": 20, "F5": 270}
AGO = ("F1", "F2", "F3", "F4", "F5", "F9")
CRITICAL = {"F4": 1, "F1": 1}


def past(ago: dict[str, int], *, critical: dict[str, int], suffix: str = "") -> pd.DataFrame:
    """One inspection each, with so many critical findings."""
    frame = visits(ago, suffix=suffix)
    counts = pd.array([critical.get(code, 0) for code in frame["facility_code"]], dtype="Int64")
    return frame.assign(critical=counts, inspectors=pd.array(["绿队"] * len(frame), dtype="str"))


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser on the awkward district with three facilities more beside F1, visited twice."""
    frames = district()
    first = frames["facilities"].iloc[[0, 0, 0]].assign(code=pd.array(["F3", "F4", "F5"], dtype="str"))
    frames["facilities"] = pd.concat([frames["facilities"], first], ignore_index=True)
    seen = [past(EARLIER, critical={"F4": 1}), past(LATER, critical=CRITICAL, suffix="-2")]
    load(engine, frames | {"inspections": pd.concat(seen, ignore_index=True)})
    with browse(database_url) as client:
        yield client


def test_the_plain_sum_ranks_where_visits_are_few(field: TestClient, engine: Engine) -> None:
    """Most past critical findings first, then the longest not visited; page and JSON say the same."""
    sign(field, engine, "inspector", "L01")
    add(engine, "assignments", assignments([duty("L01", code, kind="facility", role="primary") for code in AGO]))
    answer = field.get("/api/rank").json()
    RankPage.model_validate(answer)
    assert answer["chosen"] == "plain_sum"
    found = [(row["code"], row["past_critical"], row["rank"]) for row in answer["items"]]
    assert found == [("F4", 2, 1), ("F1", 1, 2), ("F9", 0, 3), ("F2", 0, 4), ("F3", 0, 5), ("F5", 0, 6)]
    scores = [row["score"] for row in answer["items"]]
    assert scores == sorted(scores, reverse=True)
    page = field.get("/rank").text
    assert codes(page) == [code for code, _sum, _rank in found]
    assert "it is no proof" in page
    assert "The plain sum of past critical findings ranks" in page
    assert "critical findings in the last 12 months: 1" in page
    assert "绿队" not in page


def test_the_own_list_comes_first(field: TestClient, engine: Engine) -> None:
    """What the reader's officer answers for first-hand stands before all else, numbered within that list."""
    own = [duty("L01", code, kind="facility", role="primary") for code in ("F3", "F5")]
    add(engine, "assignments", assignments(own))
    sign(field, engine, "inspector", "L01")
    rows = field.get("/api/rank").json()["items"]
    first = [(row["code"], row["rank_in_officer_list"]) for row in rows if row["own"]]
    assert [row["own"] for row in rows] == [True] * len(first) + [False] * (len(rows) - len(first))
    assert first[-2:] == [("F3", len(first) - 1), ("F5", len(first))]
    assert [row["rank"] for row in rows] != sorted(row["rank"] for row in rows)
    assert codes(field.get("/rank?mine=1").text) == [code for code, _place in first]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=f4", ["F4"]),
        ("kind=医院", ["F2"]),
        ("area=330302001001", ["F4", "F1", "F3", "F5"]),
        ("area=nowhere", []),
    ],
)
def test_filters_live_in_the_address(field: TestClient, engine: Engine, query: str, expected: list[str]) -> None:
    """The same filters give the same rows in the page and the JSON; ranks stay those of the whole list."""
    sign(field, engine, "leader", "L01")
    assert codes(field.get(f"/rank?{query}").text) == expected
    rows = field.get(f"/api/rank?{query}").json()["items"]
    assert [row["code"] for row in rows] == expected
    whole = {row["code"]: row["rank"] for row in field.get("/api/rank").json()["items"]}
    assert all(whole[row["code"]] == row["rank"] for row in rows)


def test_only_ones_own_premises_are_ranked_and_learned_from(field: TestClient, engine: Engine) -> None:
    """Who answers for one village sees what stands there, and a visit elsewhere changes nothing; control: one there
    does.
    """
    sign(field, engine, "inspector", "L02")
    before = field.get("/api/rank").content
    assert {row["code"] for row in field.get("/api/rank").json()["items"]} == {"F1", "F3", "F4", "F5"}
    add(engine, "inspections", past({"F2": 5}, critical={"F2": 9}, suffix="-3"))
    assert field.get("/api/rank").content == before
    add(engine, "inspections", past({"F3": 5}, critical={"F3": 9}, suffix="-4"))
    assert field.get("/api/rank").json()["items"][0]["code"] == "F3"


@pytest.mark.usefixtures("field")
def test_nothing_later_is_used_in_either_time(engine: Engine, database_url: str) -> None:
    """A visit of the day itself changes no rank of that day; one of before that was recorded afterwards changes none
    as it was known then; control: as it is known now, it does.
    """
    workspace = Workspace(Settings(database_url=database_url))
    day, known = today(), datetime.now(UTC)

    def order(known: datetime | None) -> list[tuple[object, ...]]:
        items = ranking.rank(workspace, SYSTEM, on=day, known=known)["items"]
        return [(row["facility"], row["score"], row["rank"], tuple(row["reasons"])) for row in items]

    before = order(None)
    add(engine, "inspections", past({"F5": 0}, critical={"F5": 9}, suffix="-today"))
    assert order(None) == before
    add(engine, "inspections", past({"F5": 3}, critical={"F5": 9}, suffix="-late"))
    assert order(known) == before
    assert order(None)[0][0] == "F5"
    workspace.close()


def test_the_report_says_what_was_not_tried(field: TestClient, engine: Engine) -> None:
    """With few visits there are no trials; the page and the JSON say so."""
    sign(field, engine, "leader", "L01")
    report = field.get("/api/rank/report").json()
    RankReport.model_validate(report)
    assert report["tried"]["visits"] == 0
    assert [row["order"] for row in report["orders"]] == ["model", "plain_sum", "past_critical", "random"]
    assert "There are not enough past visits" in field.get("/rank/report").text


def test_names_stay_text(field: TestClient, engine: Engine) -> None:
    """Markup in a name or in a filter adds no element."""
    sign(field, engine, "inspector", "L01")
    for address in ("/rank", "/rank?q=" + MARKUP.replace("&", "%26")):
        assert "<script>alert" not in field.get(address).text


def test_the_file_holds_the_rows_that_fit(field: TestClient, engine: Engine) -> None:
    """As the page shows them, with their reasons, and the audit knows of it; who may not take lists out has no link."""
    sign(field, engine, "inspector", "L01")
    add(engine, "assignments", assignments([duty("L01", code, kind="facility", role="primary") for code in AGO]))
    assert "/rank.csv" in field.get("/rank").text
    lines = field.get("/rank.csv?q=F4").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "F4" in lines[1]
    assert "↑ critical findings" in lines[1]
    with engine.begin() as connection:
        last = connection.exec_driver_sql("SELECT action, target FROM audit ORDER BY number DESC LIMIT 1").one()
    assert tuple(last) == ("export.ranking", "rank.csv")
    sign(field, engine, "officer", "W01")
    assert field.get("/rank.csv").status_code == 403

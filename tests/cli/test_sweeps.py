"""`wangge sweep`: from teams and the register to a plan, its files, and the rest of the day planned anew."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpxpy
import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.cli.conftest import Run
from tests.cli.test_roads import town_extract
from tests.maps.test_own_grid import block

MONDAY = "2026-05-11"
TEAMS = """
[[teams]]
code = "甲"
inspectors = ["L10", {code = "L11", qualifications = ["ultrasound"]}]
start = {name = "卫健局", lon = 120.6505, lat = 28.0010}
hours = "08:30-17:30"
breaks = ["12:00-13:00"]

[[teams]]
code = "=乙"
inspectors = ["L12", "L13"]
start = [120.6505, 28.0010]
"""


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    """Two teams of two."""
    file = tmp_path / "teams.toml"
    file.write_text(TEAMS, encoding="utf-8")
    return file


@pytest.fixture
def must(tmp_path: Path) -> Path:
    """Three facilities that must be visited."""
    file = tmp_path / "must.csv"
    file.write_text("facility\nF1\nF2\nF4\n", encoding="utf-8")
    return file


def words(teams: Path, out: Path, *more: object, seed: object = "k1") -> list[object]:
    """A plan of one day, the same on every machine."""
    usual = ["--teams", teams, "--from", MONDAY, "--days", 1, "--turns", 50, "--seed", seed, "--out", out]
    return ["sweep", "plan", *usual, *more]


def test_the_plan_has_the_keys_of_the_contract(
    town: Run, answer: Callable[..., Any], teams: Path, must: Path, tmp_path: Path
) -> None:
    """What must be visited is, by day, team and time; every candidate stands in the plan once."""
    out = tmp_path / "plan.json"
    printed = answer(town, *words(teams, out, "--must", must, "--due", 20))
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert {"objective", "bound_gap", "visits", "unvisited", "routes"} <= set(plan)
    assert printed["visits"] == plan["visits"]
    visited = [visit["facility"] for visit in plan["visits"]]
    assert {"F1", "F2", "F4"} <= set(visited)
    assert len(visited) == len(set(visited))
    assert sorted(code for route in plan["routes"] for code in route["facilities"]) == sorted(visited)
    assert all({"facility", "team", "day", "arrive", "leave"} <= set(visit) for visit in plan["visits"])
    assert all({"team", "day", "minutes", "km", "facilities"} <= set(route) for route in plan["routes"])
    assert 0 <= plan["bound_gap"] <= 1
    assert plan["bound"]["value"] <= plan["objective"]
    assert plan["straight_line"] is True
    assert {visit["day"] for visit in plan["visits"]} == {MONDAY}


def test_all_endings_tell_the_same(town: Run, teams: Path, must: Path, tmp_path: Path) -> None:
    """GPX, calendar, workbook and PDF hold every visit; texts that a spreadsheet would run are neutralised."""
    outs = {ending: tmp_path / f"plan.{ending}" for ending in ("json", "gpx", "ics", "xlsx", "pdf")}
    more = [word for file in outs.values() for word in ("--out", file)]
    assert town(*words(teams, tmp_path / "again.json", "--must", must, *more, "--lang", "zh"))[0] == 0
    plan = json.loads(outs["json"].read_text(encoding="utf-8"))
    visits = len(plan["visits"])
    routes = gpxpy.parse(outs["gpx"].read_text(encoding="utf-8")).routes
    assert sum(len(route.points) - 2 for route in routes) == visits
    events = Calendar.from_ical(outs["ics"].read_bytes()).walk("VEVENT")
    assert len(events) == visits
    assert b"DTSTART:20260511T" in events[0].to_ical()
    sheet = load_workbook(outs["xlsx"]).worksheets[1]
    assert sheet.max_row == 1 + visits
    assert all(not str(row[1]).startswith("=") for row in sheet.iter_rows(values_only=True))
    text = "".join(page.extract_text() for page in PdfReader(outs["pdf"]).pages)
    assert all(visit["facility"] in text for visit in plan["visits"])
    assert (tmp_path / "again.json").read_bytes() == outs["json"].read_bytes()


def test_a_draw_and_a_ranking_are_sources(town: Run, answer: Callable[..., Any], teams: Path, tmp_path: Path) -> None:
    """What a proof names as drawn must be visited; ranks are optional."""
    proof, ranked = tmp_path / "proof.json", tmp_path / "ranked.csv"
    proof.write_text(json.dumps({"drawn": [{"facility": "F2"}, {"facility": "F3"}]}), encoding="utf-8")
    ranked.write_text(
        "facility,score,rank,rank_in_officer_list,reasons\nF5,0.9,1,1,x\nF1,0.5,2,2,x\n", encoding="utf-8"
    )
    plan = answer(town, *words(teams, tmp_path / "p.json", "--draw", proof, "--ranked", ranked, "--rank-top", 1))
    stops = {s["facility"]: s for s in json.loads((tmp_path / "p.json").read_text("utf-8"))["inputs"]["stops"]}
    assert {code: stop["source"] for code, stop in stops.items()} == {"F2": "drawn", "F3": "drawn", "F5": "ranked"}
    assert {"F2", "F3"} <= {visit["facility"] for visit in plan["visits"]}


def test_the_rest_of_the_day_is_planned_anew(
    town: Run, answer: Callable[..., Any], teams: Path, must: Path, tmp_path: Path
) -> None:
    """Done visits keep their times, what is closed is given up with a reason, a lost team has no visit after it."""
    out, new = tmp_path / "plan.json", tmp_path / "rest.json"
    before = answer(town, *words(teams, out, "--must", must, "--due", 20))
    first = before["visits"][0]
    others = [v for v in before["visits"] if v["facility"] != first["facility"]]
    closed = others[0]["facility"]
    lost = next(team for team in ("甲", "=乙") if team != first["team"])
    change = ["--now", f"{MONDAY}T09:30", "--done", first["facility"], "--closed", closed, "--lost", lost]
    after = answer(town, "sweep", "replan", out, *change, "--turns", 50, "--out", new)
    done = [visit for visit in after["visits"] if visit["done"]]
    assert [(v["facility"], v["arrive"]) for v in done] == [(first["facility"], first["arrive"])]
    assert closed in [row["facility"] for row in after["unvisited"] if row["rule"] == "closed-now"]
    assert {visit["team"] for visit in after["visits"]} <= {first["team"]}
    assert all(visit["arrive"] >= "09:30" for visit in after["visits"] if not visit["done"])
    both = [visit["facility"] for visit in after["visits"]] + [row["facility"] for row in after["unvisited"]]
    assert sorted(both) == sorted(
        {v["facility"] for v in before["visits"]} | {u["facility"] for u in before["unvisited"]}
    )
    again = answer(
        town, "sweep", "replan", new, "--now", f"{MONDAY}T10:00", "--turns", 20, "--out", tmp_path / "3.json"
    )
    assert first["facility"] in [visit["facility"] for visit in again["visits"]]
    assert closed not in [visit["facility"] for visit in again["visits"]]


BAD_WORDS: tuple[tuple[list[object], int, str], ...] = (
    (["--days", 0], 2, "--days: 0 is not from 1"),
    (["--seconds", 0], 2, "--seconds: 0 is not above 0"),
    (["--seed", ""], 2, "The seed is missing. Give --seed"),
    (["--from", "2026-05-16"], 2, "days off"),
    (["--out", "x.docx"], 2, "unknown ending"),
    (["--due", 0], 2, "Nothing is to be visited"),
    (["--must", "none.csv"], 2, "There is no file"),
    (["--draw", "teams.toml"], 3, "no proof of a draw"),
    (["--ranked", "teams.toml"], 3, "no ranking"),
    (["--policy", "teams.toml"], 2, "teams means nothing here"),
)


def test_bad_words_plan_nothing(town: Run, teams: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message with the remedy, no file; control: without the bad word there is a plan."""
    monkeypatch.chdir(tmp_path)
    usual = ["--teams", teams, "--from", MONDAY, "--days", 1, "--seconds", 0.2, "--seed", "k", "--out", "plan.json"]
    for more, status, said in BAD_WORDS:
        got, out, err = town("sweep", "plan", *usual, *more)
        assert (got, out) == (status, ""), more
        assert said in " ".join(err.split())
        assert [path.name for path in tmp_path.iterdir()] == ["teams.toml"]
    assert town("sweep", "plan", *usual)[0] == 0


BAD_TEAMS: tuple[tuple[str, str, str], ...] = (
    ('["L12", "L13"]', '["L12"]', "teams[2].inspectors: a visit is made by at least two inspectors, 1 named"),
    ("08:30-17:30", "17:30-08:30", "teams[1].hours: The hours"),
    ("12:00-13:00", "18:00-19:00", "teams[1].breaks: lie within hours"),
    ("start = [120.6505, 28.0010]", "start = [920.6505, 28.0010]", "teams[2].start: write a place"),
    ('"=乙"', '"甲"', "teams[2].code: 甲 stands twice"),
    ("breaks =", "brakes =", "teams[1].brakes: means nothing here"),
    ("[[teams]]", "[[others]]", "teams"),
)


def test_a_bad_file_of_teams(town: Run, teams: Path, tmp_path: Path) -> None:
    """The message names file, team, field and remedy."""
    for before, after, said in BAD_TEAMS:
        teams.write_text(TEAMS.replace(before, after), encoding="utf-8")
        got, out, err = town(*words(teams, tmp_path / "plan.json"))
        assert (got, out) == (3, "")
        assert "teams.toml" in err
        assert said in " ".join(err.split())


HEAD = "code,name,kind,lon,lat,hours\n"
FACILITY = "X1,某诊所,诊所,120.6510,28.0008,{hours}\n"
IMPOSSIBLE = {
    "X1": ("诊所", "Mo off", "closed all day"),
    "X2": ("诊所", "08:00-08:20", "not open for as long as a visit takes"),
    "X3": ("诊所", "00:00-01:00", "further than a day's work"),
    "X4": ("超声室", "08:00-17:00", "no team has an ultrasound engineer"),
}


def test_what_cannot_be_visited_says_why(town: Run, answer: Callable[..., Any], teams: Path, tmp_path: Path) -> None:
    """A facility that must be visited and cannot be is listed with its reason; the plan is made."""
    teams.write_text(TEAMS.replace(', qualifications = ["ultrasound"]', ""), encoding="utf-8")
    file, must = tmp_path / "new.csv", tmp_path / "must.csv"
    rows = [f"{code},某处,{kind},120.6510,28.0008,{hours}\n" for code, (kind, hours, _why) in IMPOSSIBLE.items()]
    file.write_text(HEAD + "".join(rows), encoding="utf-8")
    must.write_text("\n".join([*IMPOSSIBLE, "F1"]), encoding="utf-8")
    assert town("import", "facilities", file)[0] == 0
    plan = answer(town, *words(teams, tmp_path / "plan.json", "--must", must))
    assert {row["facility"]: row["reason"] for row in plan["unvisited"]} == {
        code: reason for code, (_kind, _hours, reason) in IMPOSSIBLE.items()
    }
    assert [visit["facility"] for visit in plan["visits"]] == ["F1"]


def test_hours_that_end_before_they_begin(town: Run, teams: Path, tmp_path: Path) -> None:
    """Of a facility that must be visited the plan is refused, naming row, facility and remedy; else it is listed.

    So is one that is not in the register.
    """
    file, must = tmp_path / "new.csv", tmp_path / "must.csv"
    file.write_text(HEAD + FACILITY.format(hours="17:00-08:00"), encoding="utf-8")
    must.write_text("facility\nF1\nX1\n", encoding="utf-8")
    assert town("import", "facilities", file)[0] == 0
    got, _out, err = town(*words(teams, tmp_path / "plan.json", "--must", must))
    assert got == 3
    assert "must.csv, row 3: facility X1, hours:" in " ".join(err.split())
    must.write_text("code,name\nF1,x\nF999,y\n", encoding="utf-8")
    got, _out, err = town(*words(teams, tmp_path / "plan.json", "--must", must))
    assert got == 3
    assert "must.csv, row 3: there is no facility F999" in " ".join(err.split())
    assert town(*words(teams, tmp_path / "plan.json", "--due", 20))[0] == 0
    rows = json.loads((tmp_path / "plan.json").read_text("utf-8"))["unvisited"]
    assert [row["rule"] for row in rows if row["facility"] == "X1"] == ["no-hours"]


def test_a_file_that_is_no_plan(town: Run, teams: Path, must: Path, tmp_path: Path) -> None:
    """Another JSON, a plan whose inputs were changed, unknown codes and a time that is none are refused."""
    out = tmp_path / "plan.json"
    town(*words(teams, out, "--must", must))
    rest = ["--turns", 5, "--out", tmp_path / "rest.json"]
    now = ["--now", f"{MONDAY}T10:00"]
    assert town("sweep", "replan", out, *now, "--done", "F999", *rest)[0] == 3
    assert town("sweep", "replan", out, *now, "--lost", "丙", *rest)[0] == 3
    assert town("sweep", "replan", out, "--now", "noon", *rest)[0] == 2
    out.write_text(out.read_text(encoding="utf-8").replace('"minutes": 45', '"minutes": 5'), encoding="utf-8")
    assert "no plan of a sweep" in town("sweep", "replan", out, *now, *rest)[2]
    teams.rename(tmp_path / "teams.json")
    assert town("sweep", "replan", tmp_path / "teams.json", *now, *rest)[0] == 3
    assert not (tmp_path / "rest.json").exists()


def test_a_plan_takes_the_roads_in_use(
    town: Run, answer: Callable[..., Any], teams: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Journeys follow them, its map too; what no road reaches is listed with the reason, a team's place is refused."""
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "home"))
    far, must = tmp_path / "far.csv", tmp_path / "must.csv"
    far.write_text("code,name,kind,lon,lat\nF9,远村诊所,诊所,120.70,28.0\n", encoding="utf-8")
    must.write_text("facility\nF1\nF4\nF9\n", encoding="utf-8")
    assert town("import", "facilities", far)[0] == 0
    straight = answer(town, *words(teams, tmp_path / "s.json", "--must", must))
    answer(town, "roads", "use", town_extract(tmp_path))
    plan = answer(town, *words(teams, tmp_path / "p.json", "--must", must))
    assert (straight["straight_line"], plan["straight_line"]) == (True, False)
    assert [(r["facility"], r["rule"]) for r in plan["unvisited"]] == [("F9", "no-road")]
    assert "F9" in {visit["facility"] for visit in straight["visits"]}
    lines = {}
    for name in ("s", "p"):
        status, _out, err = town("map", "sweep", tmp_path / f"{name}.json", "--out", tmp_path / f"{name}.html")
        assert status == 0, err
        routes = block((tmp_path / f"{name}.html").read_text(encoding="utf-8"))["routes"]
        lines[name] = [len(line) - visits - 2 for line, visits in zip(routes["line"], routes["visits"], strict=True)]
    assert set(lines["s"]) == {0}
    assert min(lines["p"]) > 0
    teams.write_text(TEAMS.replace("start = [120.6505, 28.0010]", "start = [121.5, 28.0]"), encoding="utf-8")
    status, _out, err = town(*words(teams, tmp_path / "q.json", "--must", must))
    assert status == 3
    assert "no road of the extract is near it" in err
    assert not (tmp_path / "q.json").exists()


def test_a_map_needs_a_plan(town: Run, tmp_path: Path) -> None:
    """A file that is no plan, or one changed by hand, gives one message and no page."""
    file, out = tmp_path / "p.json", tmp_path / "p.html"
    for text in ("", "[]", '{"visits": []}'):
        file.write_text(text, encoding="utf-8")
        status, _out, err = town("map", "sweep", file, "--out", out)
        assert (status, err.count("p.json is no plan of a sweep")) == (3, 1)
    assert not out.exists()


def test_a_plan_made_anew_keeps_its_policy(
    town: Run, answer: Callable[..., Any], teams: Path, must: Path, tmp_path: Path
) -> None:
    """The policy stands in the plan and goes with it; a plan of before, without one, is still read."""
    policy, out, new = tmp_path / "sweep.toml", tmp_path / "plan.json", tmp_path / "rest.json"
    policy.write_text("unequal_percent = 7\n[cost]\nteam_hour = 160\n", encoding="utf-8")
    answer(town, *words(teams, out, "--must", must, "--policy", policy))
    again = ["sweep", "replan", out, "--now", f"{MONDAY}T09:30", "--turns", 5, "--out", new]
    answer(town, *again)
    kept = [json.loads(file.read_text("utf-8"))["inputs"] for file in (out, new)]
    assert kept[0]["policy"] == kept[1]["policy"]
    assert (kept[1]["policy"]["unequal_percent"], kept[1]["policy"]["cost"]["team_hour"]) == (7, 160)
    assert kept[1]["balance"] == 0.07
    old = json.loads(out.read_text("utf-8"))
    del old["inputs"]["policy"]
    old["inputs_sha256"] = hashlib.sha256(json.dumps(old["inputs"], sort_keys=True).encode()).hexdigest()
    out.write_text(json.dumps(old), encoding="utf-8")
    answer(town, *again)
    assert json.loads(new.read_text("utf-8"))["inputs"]["policy"]["unequal_percent"] == 50


def test_published_sweeps_are_listed_and_told(town: Run, answer: Callable[..., Any]) -> None:
    """Without one the list is empty, and a number that there is not exits with a message."""
    assert answer(town, "sweep", "list") == {"total": 0, "items": []}
    status, _out, err = town("sweep", "report", "00000000-0000-4000-8000-000000000001", "--lang", "en")
    assert status != 0
    assert "No sweep" in err

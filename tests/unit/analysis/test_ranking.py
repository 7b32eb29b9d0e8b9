"""Ranking: what a score is made of, that no inspector and nothing of the future is in it, and which order wins."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.ranking.features import History, describe
from gis.analysis.ranking.lists import find_holders
from gis.analysis.ranking.measure import Mean, brier, days_earlier, reliability
from gis.analysis.ranking.model import Model, fit_model
from gis.analysis.ranking.reasons import explain
from gis.analysis.ranking.report import report
from gis.analysis.ranking.trial import ORDERS, Learned, choose, learn
from gis.analysis.responsibility.chain import trace_chain
from tests.unit.analysis.ranking_town import ON, TEAMS, build_history, dates, facts_of

HISTORY = build_history()
LEARNED = learn(HISTORY, ON)


def model_of(learned: Learned) -> Model:
    """The model, which there must be."""
    assert learned.model is not None
    return learned.model


def with_visit(history: History, **row: Any) -> History:
    """The history with one visit more."""
    first: dict[Any, Any] = HISTORY.visits.iloc[0].to_dict()
    visit = {**first, "code": "NEW", "result": "fail", "minor": 9, **row}
    more = pd.concat([history.visits, pd.DataFrame([visit])], ignore_index=True)
    return replace(history, visits=more.astype(history.visits.dtypes.to_dict()))


def with_period(history: History, table: str, begin: pd.Timestamp, **row: Any) -> History:
    """The history with a licence, a machine, a qualified person or a version of a facility more."""
    frame: pd.DataFrame = getattr(history, table)
    first: dict[Any, Any] = frame.iloc[0].to_dict()
    new = {**first, **row, "valid_from": begin, "valid_to": pd.NaT}
    changed: Any = {table: dates(pd.concat([frame, pd.DataFrame([new])], ignore_index=True))}
    return replace(history, **changed)


def test_the_facts_of_a_facility_are_those_of_its_history() -> None:
    """Sums, days and kinds by hand; the newest finding counts most."""
    history = replace(HISTORY, visits=HISTORY.visits.iloc[:0])
    history = with_visit(history, facility_code="F001", inspected_on=pd.Timestamp("2025-12-02"), critical=2, serious=0)
    history = with_visit(history, facility_code="F001", inspected_on=pd.Timestamp("2024-01-02"), critical=1, serious=3)
    fact = facts_of(history).loc["F001"]
    assert [fact[name] for name in ("visits", "critical_sum", "critical_year", "serious_sum")] == [2, 3, 2, 3]
    assert (fact["waited"], fact["not_passed"]) == (30, 2)
    assert fact["critical"] == pytest.approx(0.5 ** (30 / 730) + 0.5 ** (730 / 730))
    assert fact["minor"] == pytest.approx(6 * fact["critical"])
    assert facts_of(history)["waited"].drop("F001").isna().all()


@pytest.mark.parametrize("inspectors", ["strict", "calm", None, "somebody else"])
def test_who_inspected_a_facility_changes_no_score(inspectors: str | None) -> None:
    """Other names at all earlier visits of a facility leave its score as it is, to the last digit; control: a finding
    does not.
    """
    theirs = HISTORY.visits["facility_code"] == "F007"
    renamed = HISTORY.visits["inspectors"].mask(theirs, inspectors)
    history = replace(HISTORY, visits=HISTORY.visits.assign(inspectors=renamed))
    model = model_of(LEARNED)
    before, after = (model.score(facts_of(one)) for one in (HISTORY, history))
    pd.testing.assert_series_equal(before, after, check_exact=True)
    worse = HISTORY.visits.assign(critical=HISTORY.visits["critical"].mask(theirs, 3))
    assert model.score(facts_of(replace(HISTORY, visits=worse)))["F007"] > before["F007"]


def test_names_of_inspectors_mean_nothing_in_training() -> None:
    """With every name swapped for another one, all scores stay what they were; so do they in another order of rows."""
    swapped = HISTORY.visits["inspectors"].map(dict(zip(TEAMS, ("zz", "b;aa", "aa"), strict=True))).astype("str")
    for visits in (HISTORY.visits.assign(inspectors=swapped), HISTORY.visits.iloc[::-1]):
        learned = learn(replace(HISTORY, visits=visits), ON)
        np.testing.assert_allclose(
            model_of(learned).score(facts_of(HISTORY)), model_of(LEARNED).score(facts_of(HISTORY)), atol=1e-6
        )


def test_a_strict_team_is_not_taken_for_bad_premises() -> None:
    """Facilities of one make, half of them always visited by a team that finds twice as much: with the team as a
    nuisance the model says less about them than without it (the control).
    """
    rng = np.random.default_rng(3)
    history = build_history(told=False, visits=2000)
    strict = history.visits["facility_code"] < "F075"
    hit = rng.random(len(strict)) < np.where(strict, 0.5, 0.2)
    visits = history.visits.assign(serious=hit.astype("int64"), critical=0, result="pass", minor=strict.astype("int64"))
    gaps = {}
    for name, teams in (("told", np.where(strict, "strict", "mild")), ("hidden", "all alike")):
        learned = learn(
            replace(history, visits=visits.assign(inspectors=pd.array(np.full(2000, teams), dtype="str"))), ON
        )
        score = model_of(learned).score(facts_of(replace(history, visits=visits)))
        gaps[name] = score[score.index < "F075"].mean() - score[score.index >= "F075"].mean()
    assert gaps["told"] < 0.75 * gaps["hidden"]


LATER = st.integers(0, 2000).map(lambda days: pd.Timestamp(ON) + timedelta(days=days))


@settings(max_examples=5, deadline=None)
@given(day=LATER, code=st.sampled_from(["F000", "F001", "F149"]), findings=st.integers(0, 5))
def test_nothing_of_the_day_itself_or_later_is_used(day: pd.Timestamp, code: str, findings: int) -> None:
    """A visit, a licence, a machine, somebody qualified and another kind, all of them from the day on, and a licence
    that is ended then: no score, no trial and no choice changes.
    """
    later = with_visit(HISTORY, facility_code=code, inspected_on=day, critical=findings, serious=findings)
    later = with_period(later, "licences", day, facility_code=code, number="N")
    later = with_period(later, "equipment", day, facility_code=code, serial="S")
    later = with_period(later, "operators", day, facility_code=code)
    later = with_period(later, "facilities", day, code=code, kind="Hospital")
    later = replace(later, licences=later.licences.assign(valid_to=later.licences["valid_to"].fillna(day)))
    learned = learn(later, ON)
    assert learned.chosen == LEARNED.chosen
    assert learned.against_plain == LEARNED.against_plain
    pd.testing.assert_frame_equal(learned.facts, LEARNED.facts, check_exact=True)
    after, before = model_of(learned).score(facts_of(later)), model_of(LEARNED).score(facts_of(HISTORY))
    pd.testing.assert_series_equal(after, before, check_exact=True)


@pytest.mark.parametrize("table", ["visits", "licences", "equipment", "facilities"])
def test_what_was_so_on_the_eve_is_used(table: str) -> None:
    """The control of the rule before: the same records one day earlier do change the facts."""
    eve = pd.Timestamp(ON) - timedelta(days=1)
    if table == "visits":
        earlier = with_visit(HISTORY, facility_code="F001", inspected_on=eve, critical=2)
    else:
        named = (
            {"code": "F001", "kind": "Hospital"} if table == "facilities" else {"facility_code": "F001", "serial": "S"}
        )
        earlier = with_period(HISTORY, table, eve, **{k: v for k, v in named.items() if k in getattr(HISTORY, table)})
    assert not facts_of(earlier).loc[["F001"]].equals(facts_of(HISTORY).loc[["F001"]])


def test_trials_learn_only_from_windows_before() -> None:
    """With the outcomes of the last window turned round, every trial of an earlier window is as it was."""
    last = LEARNED.visits["origin"].max()
    turned = HISTORY.visits.assign(
        serious=HISTORY.visits["serious"].mask(HISTORY.visits["inspected_on"] >= last, 1 - HISTORY.visits["serious"])
    )
    other = learn(replace(HISTORY, visits=turned), ON)
    before, after = (one.trials[one.trials["origin"] < last]["score"] for one in (LEARNED, other))
    pd.testing.assert_series_equal(before, after, check_exact=True)
    assert not other.trials["serious"].equals(LEARNED.trials["serious"])


def test_the_model_must_win_by_more_than_the_noise() -> None:
    """The plain sum ranks unless the model gains more than two standard errors on it; where findings fall on anybody
    it ranks; where minor findings tell of critical ones the model does.
    """
    assert choose(Mean(1.0, 0.6, 90)) == "plain_sum"
    assert choose(Mean(1.3, 0.6, 90)) == "model"
    assert learn(build_history(told=False), ON).chosen == "plain_sum"
    told = learn(build_history(facilities=900, visits=6000), ON)
    assert told.chosen == "model"
    assert told.ranker is told.model


def test_the_plain_sum_ranks_by_the_sum_alone() -> None:
    """Where it is chosen, nothing else counts, and more past critical findings never mean a lower score."""
    learned = learn(build_history(told=False), ON)
    facts = facts_of(HISTORY)
    assert learned.ranker is not None
    by_sum = learned.ranker.score(facts).groupby(facts["critical_sum"].clip(upper=4))
    assert by_sum.nunique().max() == 1
    assert by_sum.first().is_monotonic_increasing
    assert learned.sort_by(facts).tolist() == facts["critical_sum"].tolist()


@pytest.mark.parametrize("visits", [0, 1, 40])
def test_few_visits_teach_nothing_and_break_nothing(visits: int) -> None:
    """Without enough visits there is no model, and the report says so with empty tables."""
    learned = learn(replace(HISTORY, visits=HISTORY.visits.iloc[:visits]), ON)
    assert learned.model is None
    assert learned.chosen == "plain_sum"
    found = report(learned, kinds={}, areas={})
    assert found["orders"][0]["n"] == 0
    assert found["calibration"]["tenths"] == []


@pytest.mark.parametrize("on", [date.min, date(1600, 1, 1), date.max])
def test_any_day_can_be_asked_for(on: date) -> None:
    """Long before the first visit and long after the last one there is nothing to learn from, and no fault."""
    learned = learn(HISTORY, on)
    assert learned.visits.empty
    assert len(learned.sort_by(facts_of(HISTORY, on))) == len(HISTORY.facilities)


def test_days_earlier_is_what_the_method_says() -> None:
    """Held against the plain way, list by list, day by day; a list keeps its days, so that the sum is nought."""
    rng = np.random.default_rng(5)
    days = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 60, 200), unit="D"))
    lists, scores = pd.Series(rng.choice(["a", "b", "c"], 200)), rng.random(200)
    expected = np.zeros(200)
    for name in "abc":
        rows = np.flatnonzero(lists == name)
        for row, day in zip(rows[np.argsort(-scores[rows])], sorted(days[rows]), strict=True):
            expected[row] = (days[row] - day).days
    np.testing.assert_allclose(days_earlier(days, lists, scores), expected)
    assert days_earlier(days, lists, scores).sum() == pytest.approx(0)


def test_equal_scores_get_what_tossing_gives() -> None:
    """The mean over many tosses for places, within half a day."""
    rng = np.random.default_rng(6)
    days = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 60, 40), unit="D"))
    lists, coarse = pd.Series(["a"] * 40), rng.integers(0, 3, 40).astype("float64")
    tossed = [days_earlier(days, lists, coarse + 0.1 * rng.random(40)) for _turn in range(1500)]
    np.testing.assert_allclose(days_earlier(days, lists, coarse), np.mean(tossed, axis=0), atol=1)


def test_an_order_that_knows_the_outcome_is_early_and_one_that_does_not_is_not() -> None:
    """The oracle gains much, its reverse loses as much, and the random order differs from the real by the real's own
    luck only.
    """
    hit = LEARNED.trials["serious"].to_numpy("bool")
    days, lists = LEARNED.trials["inspected_on"], LEARNED.trials["origin"].astype("str") + LEARNED.trials["list"]
    best, worst = (days_earlier(days, lists, sign * hit)[hit].mean() for sign in (1.0, -1.0))
    assert worst < LEARNED.days["random"][hit].mean() < best
    assert set(ORDERS) == set(LEARNED.days)


def test_calibration_is_counted_by_tenths() -> None:
    """Every visit is in one tenth; scores that are the truth are observed; the square error is that of a coin."""
    rng = np.random.default_rng(8)
    scores = rng.random(50_000)
    hit = rng.random(50_000) < scores
    found = reliability(scores, hit)
    assert found["n"].sum() == 50_000
    np.testing.assert_allclose(found["expected"], found["observed"], atol=0.02)
    assert brier(np.full(2, 0.5), np.array([True, False])) == 0.25


def test_reasons_tell_facts_of_the_facility_and_nobodys_name() -> None:
    """The weightiest first; a critical finding raises; no inspector is named in any reason."""
    history = with_visit(HISTORY, facility_code="F001", inspected_on=pd.Timestamp("2025-12-02"), critical=4, serious=2)
    facts = facts_of(history)
    told = explain(model_of(LEARNED), facts)
    first = told[facts.index.tolist().index("F001")]
    assert any("critical findings in the last 12 months" in one.text and one.effect == "raises" for one in first)
    weights = [abs(one.weight) for one in first]
    assert weights == sorted(weights, reverse=True)
    texts = " ".join(one.text for reasons in told for one in reasons)
    assert not any(name in texts for team in TEAMS for name in team.split(";"))


def test_a_score_is_the_sum_of_what_its_columns_add() -> None:
    """The reasons are the score: with the columns' parts and the offsets of the last year it is found again."""
    model, facts = model_of(LEARNED), facts_of(HISTORY)
    odds = model.contribute(facts).sum(axis=1).to_numpy()[:, None] + model.offsets
    again = (1 / (1 + np.exp(-odds))) @ (model.counts / model.counts.sum())
    np.testing.assert_allclose(model.score(facts), again)


def test_a_model_is_the_same_every_time() -> None:
    """Learning twice gives the same weights, bit by bit."""
    again = fit_model(LEARNED.facts, LEARNED.found, LEARNED.visits)
    assert again is not None
    assert np.array_equal(again.weights, model_of(LEARNED).weights)


def test_a_facility_is_on_the_list_of_the_nearest_primary() -> None:
    """The same officer as the chain names first, for every facility of the tiny town; an own assignment comes first."""
    town, duties = (
        gpd.read_file("data/towns/tiny/areas.geojson"),
        pd.read_csv("data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"]),
    )
    clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    points = gpd.points_from_xy(clinics["lon"], clinics["lat"])
    places = gpd.GeoDataFrame(clinics, geometry=points, crs=4326).assign(valid_from=pd.NaT, valid_to=pd.NaT)
    town = town.assign(valid_from=pd.NaT, valid_to=pd.NaT)
    own = {**duties.iloc[0].to_dict(), "officer_code": "O9", "target_kind": "facility", "target_code": "F2"}
    duties = pd.concat([duties, pd.DataFrame([own])], ignore_index=True)
    day = date(2026, 1, 1)
    holders = find_holders(places, town, duties, day)
    for code, holder in zip(places["code"], holders, strict=True):
        chain = trace_chain(code, town, duties, places, day)
        named = chain[(chain["role"] == "primary") & chain["officer"].notna()]["officer"]
        assert holder == named.iloc[0]
    assert holders[places["code"] == "F2"].tolist() == ["O9"]


def test_facts_keep_the_index_of_the_asks() -> None:
    """Asks may stand in any order and repeat."""
    asks = pd.DataFrame({"facility_code": ["F002", "F001", "F002"], "origin": pd.Timestamp(ON)}, index=[7, 3, 7])
    facts = describe(asks, HISTORY)
    assert facts.index.tolist() == [7, 3, 7]
    assert facts.iloc[0].equals(facts.iloc[2])

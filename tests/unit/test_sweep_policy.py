"""The policy of sweeps: the shipped file, numbers that cannot be, the days that teams work."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gis.errors import UsageError
from gis.policies.calendar import Calendar
from gis.policies.sweep import (
    SHIPPED,
    Cost,
    SweepPolicy,
    policy_from_json,
    policy_to_json,
    read_sweep_policy,
    shipped_sweep_policy,
)
from gis.texts import use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are looked at in English."""
    with use_language("en"):
        yield


def test_the_shipped_file_says_who_may_inspect_ultrasound_rooms() -> None:
    """Kinds have their lengths and needs; another kind has the default."""
    policy = shipped_sweep_policy()
    assert policy.needs["超声室"] == {"ultrasound"}
    assert (policy.minutes_of("医院"), policy.minutes_of("别的"), policy.minutes_of(None)) == (120, 45, 45)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("default = 45", "default = 0", "visit_minutes of default: 0 is not from 1"),
        ("never = 180", 'never = "much"', "worth_minutes.never must be a whole number"),
        ("ranked = 180", "rank = 180", "worth_minutes.rank means nothing here"),
        ("closed_on_holidays = true", "closed_on_holidays = 1", "closed_on_holidays must be true or false"),
        ('usual_hours = "Mo-Fr 08:30-17:30"', "usual_hours = 8", "usual_hours must be a text"),
    ],
)
def test_a_file_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The message names file, key and what would do; control: the file as it is shipped is read."""
    file = tmp_path / "sweep.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert read_sweep_policy(file) == shipped_sweep_policy()
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_sweep_policy(file)
    assert said in refused.value.message
    assert str(file) in refused.value.message


def test_teams_work_on_working_days() -> None:
    """Holidays of the notices are off, weekends that are worked are not; a year without a notice has its weekdays."""
    policy = SweepPolicy()
    assert not policy.is_worked(date(2026, 10, 1))
    assert policy.is_holiday(date(2026, 10, 1))
    assert not policy.is_holiday(date(2026, 5, 16))
    assert policy.is_worked(date(2190, 10, 1)) == (date(2190, 10, 1).weekday() < 5)


def test_a_policy_is_kept_with_a_plan() -> None:
    """What is written into a plan is read back the same; a policy with a cost and days of its own too."""
    own = replace(
        shipped_sweep_policy(),
        cost=Cost(160, 0.8, "元"),
        calendar=Calendar("weekdays", frozenset({2030}), frozenset({date(2030, 1, 2)}), frozenset({date(2030, 1, 5)})),
    )
    for policy in (shipped_sweep_policy(), own):
        assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy
    with pytest.raises(UsageError, match="means nothing"):
        policy_from_json({"other": 1})


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("team_hour = -1", "cost.team_hour: -1 is not from 0"),
        ('team_hour = "1"', "cost.team_hour must be a number"),
        ("km = true", "cost.km must be a number"),
        ("km = nan", "is not from 0"),
        ('currency = ""', "cost.currency must be a short text"),
        ("hour = 1", "cost.hour means nothing here"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(tmp_path: Path, cost: str, said: str) -> None:
    """The message names the key; control: without one there is no cost, and a whole one is read."""
    file = tmp_path / "sweep.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    file.write_text(f"{text}\n[cost]\n{cost}\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_sweep_policy(file)
    assert said in refused.value.message
    assert shipped_sweep_policy().cost is None
    file.write_text(f"{text}\n[cost]\nteam_hour = 160\nkm = 0.8\n", encoding="utf-8")
    assert read_sweep_policy(file).cost == Cost(160, 0.8, "元")

"""The policy of care: what ships can be read, and what is wrong in one's own is named."""

from pathlib import Path

import pytest

from gis.errors import UsageError
from gis.policies import read_care_policy
from gis.texts import use_language


def test_the_policy_that_ships_is_sound() -> None:
    """Every kind can take visits, limits rise, and no pharmacy gives antenatal care."""
    found = read_care_policy()
    assert found.limits_minutes == (30, 60)
    assert all(kind.visits_a_week + kind.visits_a_week_per_machine > 0 for kind in found.kinds.values())
    assert "药店" not in found.kinds
    assert found.kinds["医院"].licences == ("医疗机构执业许可",)
    assert found.to_json()["kinds"]["医院"]["licences"] == ["医疗机构执业许可"]


def test_a_file_of_ones_own_replaces_the_kinds(tmp_path: Path) -> None:
    """Only the kinds that it names give care; other keys have their usual values."""
    file = tmp_path / "own.toml"
    file.write_text("limits_minutes = [15]\n[kinds.midwife]\nvisits_a_week = 7\n", encoding="utf-8")
    found = read_care_policy(file)
    assert (list(found.kinds), found.limits_minutes, found.farthest_minutes) == (["midwife"], (15,), 60)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("limits_minutes = 30", "limits_minutes must be a list of whole numbers"),
        ("limits_minutes = [60, 30]", "each larger than the one before"),
        ("limits_minutes = [0]", "0 is not from 1"),
        ("limits_minutes = []", "limits_minutes: one number or more"),
        ("limits_minutes = [1, 2, 3, 4, 5]", "limits_minutes: 4 at most"),
        ("weeks_a_year = 54", "weeks_a_year: 54 is not from 1"),
        ("imported_times = 'boat'", "imported_times: choose one of walk, drive"),
        ("[method]\nname = 'magic'", "method.name: choose one of 2sfca"),
        ("[method]\nweights = 3", "method.weights must be a text"),
        ("[kinds.clinic]\nvisits_a_week = -1", "kinds.clinic.visits_a_week: -1 is not from 0"),
        ("[kinds.clinic]\nmachine_hours_a_week = 200", "kinds.clinic.machine_hours_a_week: 200 is not from 0"),
        ("[kinds.clinic]\nleast_machines = 1", "kinds.clinic: no visits"),
        ("[kinds.clinic]\npatients = 3", "kinds.clinic.patients means nothing here"),
        ("kinds = 3", "kinds must be a table"),
        ("birth = 3", "birth means nothing here"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    """One clear error: file, key and what would do."""
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with use_language("en"), pytest.raises(UsageError) as caught:
        read_care_policy(file)
    assert named in caught.value.message
    assert str(file) in caught.value.message

"""Policies: what ships can be read, and what is wrong in one's own is named."""

from pathlib import Path

import pytest

from gis.errors import UsageError
from gis.policies import read_inspection_policy
from gis.texts import use_language


def test_the_policy_that_ships_is_sound() -> None:
    """It has a default, intervals by kind, and limits of the checks."""
    found = read_inspection_policy()
    assert found.default_days == 365
    assert found.interval_days["超声室"] == 180
    assert found.ultrasound_kinds == ("超声室",)
    assert found.to_json()["interval_days"]["default"] == 365


def test_a_file_of_ones_own_replaces_the_intervals(tmp_path: Path) -> None:
    """Kinds that it does not name have its default, not the line of the policy that ships."""
    file = tmp_path / "own.toml"
    file.write_text('due_soon_days = 7\n[interval_days]\ndefault = 90\n"Restaurant" = 30\n', encoding="utf-8")
    found = read_inspection_policy(file)
    assert (found.default_days, dict(found.interval_days), found.due_soon_days) == (90, {"Restaurant": 30}, 7)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("due_soon_days = '7'", "due_soon_days must be a whole number"),
        ("due_soon = 7", "due_soon means nothing here"),
        ("[checks]\nsites = 7", "checks.sites means nothing here"),
        ("[interval_days]\nclinic = 0", "interval_days of clinic: 0 is not from 1"),
        ("interval_days = 3", "interval_days must be a table"),
        ("[checks]\nultrasound_kinds = 'x'", "checks.ultrasound_kinds must be a list of texts"),
        ("due_soon_days = 99999999", "due_soon_days: 99999999 is not from 0"),
        ("[interval_days", "is no TOML that can be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    """One clear error: file, key and what would do."""
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with use_language("en"), pytest.raises(UsageError) as caught:
        read_inspection_policy(file)
    assert named in caught.value.message
    assert str(file) in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No traceback, the name of the file."""
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        read_inspection_policy(tmp_path / "nowhere.toml")

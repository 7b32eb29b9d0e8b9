"""The policy of the draw: what ships can be read, and what is wrong in one's own is named."""

from pathlib import Path

import pytest

from gis.analysis.draw.choose import STRATA
from gis.errors import UsageError
from gis.policies import read_draw_policy
from gis.texts import use_language


def test_the_policy_that_ships_is_sound() -> None:
    """A weight for every stratum, the worst record the heaviest, and two inspectors."""
    found = read_draw_policy()
    assert set(found.weights) == set(STRATA)
    assert max(found.weights, key=lambda name: found.weights[name]) == "critical"
    assert (found.inspectors_each, found.record_days) == (2, 730)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("inspectors_each = 1", "inspectors_each: 1 is not from 2 to 10"),
        ("[weights]\nclean = 0", "weights.clean: 0 is not from 1"),
        ("[weights]\nclean = 0.5", "weights.clean must be a whole number"),
        ("[weights]\nincome = 1", "weights.income means nothing here"),
        ("record_days = -1", "record_days: -1 is not from 0"),
        ("seed = 3", "seed means nothing here"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    """One clear error: file, key and what would do."""
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with use_language("en"), pytest.raises(UsageError) as caught:
        read_draw_policy(file)
    assert named in caught.value.message
    assert str(file) in caught.value.message

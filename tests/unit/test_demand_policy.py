"""The policy of demand: every number has a range, and whatever is off is one clear error."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gis.errors import UsageError
from gis.policies import read_demand_policy, shipped_demand_policy
from gis.policies.demand import SHIPPED
from gis.tables import WOMEN
from gis.texts import use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts in English."""
    with use_language("en"):
        yield


def test_the_shipped_policy_is_sound() -> None:
    """Women of a city have fewer births than those of the country, and eight contacts stand against each birth."""
    policy = shipped_demand_policy()
    total = {name: 5 * sum(rates) for name, rates in policy.fertility.items()}
    assert 1 < total["urban"] < 1.3009 < total["rural"] < 2
    assert sum(policy.visits) == 8
    assert sum(policy.age_shares) < 0.5
    assert (policy.cell_metres, policy.cell_residents) == (250, 100)


CENSUS = {
    "urban": (
        (6240, 89364, 284576, 304432, 105700, 23812, 5869),
        (25006988, 25628995, 31301815, 44065180, 35194414, 31836913, 36465200),
        36350595 / 370487474,
    ),
    "rural": (
        (9774, 78189, 138546, 114892, 37754, 9609, 3564),
        (8623809, 9636685, 12383247, 16208202, 12886481, 13485723, 19568001),
        20049038 / 199084497,
    ),
}
"""China, census of 2020: births on the long form by age of mother, women, share of women over 14 on that form."""


@pytest.mark.parametrize("setting", ["urban", "rural"])
def test_the_shipped_rates_are_those_of_the_census(setting: str) -> None:
    """Births over women and the share asked, to five places."""
    births, women, share = CENSUS[setting]
    rates = [b / (w * share) for b, w in zip(births, women, strict=True)]
    assert shipped_demand_policy().fertility[setting] == pytest.approx(rates, abs=5.1e-6)


def test_women_by_age_are_those_of_the_census() -> None:
    """City, town and countryside together, over all residents."""
    shares = [(u + r) / 1_409_778_724 for u, r in zip(CENSUS["urban"][1], CENSUS["rural"][1], strict=True)]
    assert shipped_demand_policy().age_shares == pytest.approx(shares, abs=5.1e-5)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "women_25_29 = 0.09266",
            "women_25_29 = 85.1",
            r"urban\.women_25_29: 85\.1 is not from 0\.0 to 1\.0",
        ),
        ("women_25_29 = 0.09266", "women_25_29 = -0.1", r"women_25_29: -0\.1"),
        ("women_25_29 = 0.09266", "", r"fertility\.urban\.women_25_29 must be a number"),
        ("women_25_29 = 0.09266", "women_50_54 = 0.1", "women_50_54 means nothing"),
        ("women_25_29 = 0.0310", "women_25_29 = 0.99", "all ages together"),
        ("pregnancies_per_birth = 1.2", "pregnancies_per_birth = 0.5", "pregnancies_per_birth"),
        ("by_trimester = [1, 2, 5]", "by_trimester = [1, 2]", "three numbers"),
        ("metres = 250", "metres = 100", r"cells\.metres"),
        ("residents = 100", "residents = 5", r"cells\.residents"),
        ("population = 0.10", "population = nan", r"errors\.population"),
        ('usual = "urban"', 'usual = "moon"', "urban, rural"),
        ("by_code = true", "by_code = 1", "true or false"),
    ],
)
def test_a_broken_policy_is_one_clear_error(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A rate over 1 or below 0, a forgotten one, a cell too fine: the message names file and key."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "p.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=said) as refusal:
        read_demand_policy(file)
    assert "p.toml" in refusal.value.message


def test_rates_of_an_area(tmp_path: Path) -> None:
    """An area may have rates of its own; control: they are read, and checked like the others."""
    lines = "\n".join(f"{age} = 0.05" for age in WOMEN)
    file = tmp_path / "p.toml"
    file.write_text(f'{SHIPPED.read_text(encoding="utf-8")}\n[fertility_of."990102003"]\n{lines}\n', encoding="utf-8")
    assert read_demand_policy(file).fertility_of == {"990102003": (0.05,) * 7}
    file.write_text(file.read_text(encoding="utf-8").replace("= 0.05\n", "= 5\n"), encoding="utf-8")
    with pytest.raises(UsageError, match="fertility_of"):
        read_demand_policy(file)

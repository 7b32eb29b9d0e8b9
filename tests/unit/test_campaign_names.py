"""What a campaign may be called."""

import pytest

from gis.errors import FirewallRefused
from gis.services.campaigns.plan import make_plan

PLAN = {
    **{"code": "ZX-1", "launch_on": "2026-01-01", "action_on": "2026-02-01", "acceptance_on": "2026-03-01"},
    **{"ends_on": "2026-04-01", "targets": [{"area": "990102", "measure": "sessions", "target": 1}]},
}


@pytest.mark.parametrize(
    "name", ["打击非医学需要的胎儿性别鉴定专项行动", "超声设备管理专项检查", "Against prenatal sex determination"]
)
def test_a_campaign_may_be_named_after_what_premises_may_not_do(name: str) -> None:
    """The regulation on sex determination is about premises; its name is no record of anybody."""
    assert make_plan({**PLAN, "name": name}, source="test").name == name


@pytest.mark.parametrize("name", ["孕妇摸排", "出生人口清理", "胎儿性别鉴定孕妇名单", "births per street"])
def test_a_campaign_is_never_about_births_or_pregnancies(name: str) -> None:
    """Such a name is refused, also where the lawful words stand beside it."""
    with pytest.raises(FirewallRefused):
        make_plan({**PLAN, "name": name}, source="test")

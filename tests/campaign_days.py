"""Campaigns for tests: their days are counted from today, so that each stage can be the present one."""

from datetime import timedelta
from typing import Any, Final

from gis.services.workspace import today

DISTRICT, STREET, VILLAGE, ELSEWHERE = "330302", "330302001", "330302001001", "330302002"
LAUNCHED: Final = {"planned": -10, "launch": 5, "action": 15, "acceptance": 25, "lapsed": 45}
"""State -> how many days ago a campaign of ten days a stage was launched."""


def plan(state: str, *targets: tuple[str, str, int], **values: Any) -> dict[str, Any]:
    """A campaign that is in this state today, as a file has it; without targets one of the village and the district."""
    start = today() - timedelta(days=LAUNCHED[state])
    rows = targets or ((DISTRICT, "sessions", 4), (VILLAGE, "sessions", 1), (VILLAGE, "inspected", 1))
    days = {
        key: (start + timedelta(days=10 * step)).isoformat()
        for step, key in enumerate(("launch_on", "action_on", "acceptance_on", "ends_on"))
    }
    entries = [dict(zip(("area", "measure", "target"), row, strict=True)) for row in rows]
    return {"code": f"c-{state}", "name": "超声设备专项行动", **days, "targets": entries, **values}


def as_toml(campaign: dict[str, Any]) -> str:
    """The same as a TOML file."""
    days = {key: value for key, value in campaign.items() if key.endswith("_on")}
    lines = [f"{key} = {value}" for key, value in days.items()]
    lines += [f'{key} = "{campaign[key]}"' for key in ("code", "name")]
    for row in campaign["targets"]:
        lines += [
            "[[targets]]",
            f'area = "{row["area"]}"',
            f'measure = "{row["measure"]}"',
            f"target = {row['target']}",
        ]
    return "\n".join(lines) + "\n"

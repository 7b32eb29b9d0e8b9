"""What happened in the demo district: sessions of outreach, thin in some streets, and two years of inspections."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

SESSIONS: Final = 240
FIRST_DAY: Final = date(2025, 5, 1)
COUNTED_ON: Final = date(2026, 11, 1)
WINDOW_DAYS: Final = 180
NEGLECTED_STREETS: Final = 2
INSPECTED_SHARE: Final = 0.7
FIRST_INSPECTION: Final = date(2024, 11, 1)
_KINDS: Final = ("健康讲座", "义诊咨询", "集市宣传", "政策宣讲", "科普课堂")
_LEVELS: Final = (("street", 0.08), ("village", 0.70), ("grid", 0.22))
_CHECKLISTS: Final = {"药店": "药店检查表", "诊所": "诊所检查表"}

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Outreach:
    """Sessions in the columns of the contract, and where none was held in the window up to `COUNTED_ON`."""

    sessions: pd.DataFrame
    missed: dict[str, Any]


def make_outreach(rng: np.random.Generator, areas: pd.DataFrame, *, gone: set[str]) -> Outreach:
    """Sessions in the areas (frame with code, level), none in those that are `gone` later.

    The streets that are neglected had their last session well before the window.
    """
    by_level = {str(level): sorted(set(codes) - gone) for level, codes in areas.groupby("level")["code"]}
    streets = by_level["street"]
    neglected = sorted(str(code) for code in rng.choice(streets, NEGLECTED_STREETS, replace=False))
    window_starts = COUNTED_ON - timedelta(days=WINDOW_DAYS - 1)
    rows: list[Row] = []
    reached: set[str] = set()
    for _session in range(SESSIONS):
        level = str(rng.choice([name for name, _ in _LEVELS], p=[share for _, share in _LEVELS]))
        area = str(rng.choice(by_level[level]))
        last = window_starts - timedelta(days=40) if area[:9] in neglected else COUNTED_ON
        held_on = FIRST_DAY + timedelta(days=int((last - FIRST_DAY).days * rng.beta(1.8, 1)))
        reach = None if rng.random() < 0.04 else int(rng.gamma(4, 14)) + 6
        rows.append((area, held_on, str(rng.choice(_KINDS)), reach))
        if held_on >= window_starts:
            reached |= {area[:9], area[:12]}
    rows.sort(key=lambda row: (row[1], row[0]))
    frame = pd.DataFrame(rows, columns=["area_code", "held_on", "kind", "reach"]).astype({"reach": "Int64"})
    frame.insert(0, "code", [f"S{n:04d}" for n in range(1, len(frame) + 1)])
    without = {level: [c for c in by_level[level] if c not in reached] for level in ("street", "village")}
    return Outreach(frame, {"on": COUNTED_ON.isoformat(), "days": WINDOW_DAYS, "without": without})


def make_inspections(rng: np.random.Generator, facilities: pd.DataFrame) -> pd.DataFrame:
    """One to three inspections of most facilities while they were open; some old ones name a team, or nobody."""
    chosen = np.sort(rng.choice(len(facilities), round(len(facilities) * INSPECTED_SHARE), replace=False))
    rows = [row for place in chosen for row in _inspect(rng, facilities.iloc[int(place)])]
    rows.sort(key=lambda row: (row[1], row[0]))
    columns = ["facility_code", "inspected_on", "checklist", "inspectors", "result"]
    frame = pd.DataFrame(rows, columns=[*columns, "clerical", "minor", "serious", "critical"])
    frame.insert(0, "code", [f"I{n:04d}" for n in range(1, len(frame) + 1)])
    return frame


def _inspect(rng: np.random.Generator, facility: pd.Series) -> list[Row]:
    end = COUNTED_ON if pd.isna(facility["valid_to"]) else min(facility["valid_to"], COUNTED_ON)
    rows: list[Row] = []
    for _visit in range(int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))):
        day = FIRST_INSPECTION + timedelta(days=int(rng.integers((COUNTED_ON - FIRST_INSPECTION).days)))
        found = [int(n) for n in rng.poisson([0.6, 0.8, 0.18, 0.03])]
        inspectors = _name_inspectors(rng, day)
        if facility["valid_from"] <= day < end:
            checklist = _CHECKLISTS.get(facility["kind"], "超声机构检查表")
            rows.append((facility["code"], day, checklist, inspectors, _judge(found), *found))
    return rows


def _judge(found: list[int]) -> str:
    _clerical, minor, serious, critical = found
    return "fail" if critical or serious > 1 else "conditions" if serious or minor > 1 else "pass"


def _name_inspectors(rng: np.random.Generator, day: date) -> str | None:
    one, two = sorted(int(n) for n in rng.choice(np.arange(2, 16), 2, replace=False))
    team = str(rng.choice(["检查一组", "检查二组", "检查三组"]))
    if day >= date(2025, 7, 1):
        return f"O{one:03d};O{two:03d}"
    return None if rng.random() < 0.3 else team

"""Who answers for the demo district: officers in their posts, and assignments with handovers and vacancies."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from .names import staff_names

DISTRICT_STAFF, STREET_STAFF, VILLAGE_STAFF = 5, 10, 30
OFFICERS: Final = 150
VACANT_GRIDS, VACANT_VILLAGES = 23, 2
START: Final = date(2024, 1, 1)
LAST_HANDOVER: Final = date(2026, 2, 1)


@dataclass(frozen=True)
class Post:
    """An area and the officer who answers for it."""

    area: str
    officer: str


def make_officers(rng: np.random.Generator, streets: list[str]) -> pd.DataFrame:
    """Five officers of the district, one for each street, thirty for villages, the rest for grids."""
    offices = [s.replace("街道", "街道办事处") if s.endswith("街道") else f"{s}人民政府" for s in streets]
    departments = ["卫生健康局"] * DISTRICT_STAFF + [
        offices[i % len(offices)] for i in range(OFFICERS - DISTRICT_STAFF)
    ]
    numbers = range(1, OFFICERS + 1)
    return pd.DataFrame(
        {
            "code": [f"O{n:03d}" for n in numbers],
            "name": staff_names(rng, OFFICERS),
            "department": departments,
            "work_phone": [f"0000-8800{n:03d}" for n in numbers],
        }
    )


def make_posts(areas: pd.DataFrame) -> list[Post]:
    """Who answers for each area: neighbouring villages and neighbouring grids of a street share an officer."""
    by_level = {level: areas.loc[areas["level"] == level, "code"].tolist() for level in areas["level"].unique()}
    streets = by_level["street"]
    posts = [Post(by_level["district"][0], "O001")]
    posts += [Post(code, f"O{DISTRICT_STAFF + 1 + i:03d}") for i, code in enumerate(streets)]
    village_first = DISTRICT_STAFF + STREET_STAFF + 1
    grid_first = village_first + VILLAGE_STAFF
    for level, first, per_street in (("village", village_first, 3), ("grid", grid_first, None)):
        for i, street in enumerate(streets):
            codes = [c for c in by_level[level] if c.startswith(street)]
            staff = range(first + i, first + VILLAGE_STAFF, len(streets))
            if per_street is None:
                staff = range(first + i, OFFICERS + 1, len(streets))
            posts += [Post(c, f"O{staff[k * len(staff) // len(codes)]:03d}") for k, c in enumerate(codes)]
    return posts


def make_assignments(
    rng: np.random.Generator, posts: list[Post], *, steady: set[str], facilities: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Assignments, and the areas without a primary since the last handover. `steady` areas are never vacant."""
    grids = [p.area for p in posts if len(p.area) == 15 and p.area not in steady]
    villages = [p.area for p in posts if len(p.area) == 12 and p.area not in steady]
    chosen = [*rng.permutation(grids)[:VACANT_GRIDS], *rng.permutation(villages)[:VACANT_VILLAGES]]
    vacant = {str(code) for code in chosen}
    peers: dict[tuple[int, str], list[str]] = {}
    for post in posts:
        group = peers.setdefault((len(post.area), post.area[:9]), [])
        if post.officer not in group:
            group.append(post.officer)
    rows: list[tuple[str, str, str, str, date, date | None]] = []
    for post in posts:
        others = [o for o in peers[len(post.area), post.area[:9]] if o != post.officer]
        rows += _history(rng, post, others, vacant=post.area in vacant)
    for code in facilities:
        rows.append(
            (
                f"O{rng.integers(2, DISTRICT_STAFF + STREET_STAFF + 1):03d}",
                "facility",
                code,
                "primary",
                date(2025, 1, 1),
                None,
            )
        )
    columns = ["officer_code", "target_kind", "target_code", "role", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=columns), sorted(vacant)


def _history(
    rng: np.random.Generator, post: Post, others: list[str], *, vacant: bool
) -> list[tuple[str, str, str, str, date, date | None]]:
    """One area's assignments: most have one, a third changed hands, some stood vacant in between or do so still."""
    start = START + timedelta(days=15 * int(post.area[6:9] or 0) % 180)
    handed = date(2024, 9, 1) + timedelta(days=int(rng.integers((LAST_HANDOVER - date(2024, 9, 1)).days)))
    fate = rng.random()
    predecessor = others[int(rng.integers(len(others)))] if others else ""
    rows: list[tuple[str, str, str, str, date, date | None]] = []

    def add(officer: str, role: str, begin: date, end: date | None) -> None:
        rows.append((officer, "area", post.area, role, begin, end))

    if vacant:
        if fate < 0.7:
            add(post.officer, "primary", start, handed)
    elif fate < 0.25 and others:
        add(predecessor, "primary", start, handed)
        add(post.officer, "primary", handed, None)
    elif fate < 0.33 and others:
        add(predecessor, "primary", start, handed - timedelta(days=int(rng.integers(14, 60))))
        add(post.officer, "primary", handed, None)
    else:
        add(post.officer, "primary", start, None)
    if others and rng.random() < 0.15:
        add(predecessor, "deputy", date(2025, 1, 1), None)
    return rows

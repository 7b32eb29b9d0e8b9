"""The rules of facilities: where they lie, against where they say they lie. All of them warnings."""

import numpy as np
import pandas as pd

from gis.texts import N_
from gis.validate.report import Problem, row_problems
from gis.validate.rows import is_one_of


def check_facilities(frame: pd.DataFrame, *, areas: pd.DataFrame, located: pd.Series | None) -> list[Problem]:
    """A missing kind, an unknown or contradicted claimed area, and points that lie in no area.

    `located`: code of the lowest area that contains each facility (null: none), on the index of `frame`.
    """
    claimed = frame["area_code"]
    known = is_one_of(claimed, areas["code"])
    problems = [
        *row_problems(
            frame.index,
            frame["kind"].isna(),
            column="kind",
            rule="missing-kind",
            severity="warning",
            text=N_("the facility {code} has no kind."),
            values={"code": frame["code"]},
        ),
        *row_problems(
            frame.index,
            claimed.notna() & ~known,
            column="area_code",
            rule="unknown-area",
            severity="warning",
            text=N_("the facility {code} says it lies in area {area}, which is not in the database."),
            values={"code": frame["code"], "area": claimed},
        ),
    ]
    if located is None:
        return problems
    found = located.reindex(frame.index)
    return [
        *problems,
        *row_problems(
            frame.index,
            found.isna(),
            column=None,
            rule="orphan",
            severity="warning",
            text=N_("the facility {code} lies in no area. Check its coordinates, or draw the missing area."),
            values={"code": frame["code"]},
        ),
        *row_problems(
            frame.index,
            known & found.notna() & ~is_inside(found, claimed, areas=areas),
            column="area_code",
            rule="contradicted-area",
            severity="warning",
            text=N_("the facility {code} says it lies in area {area}, but its point lies in {found}."),
            values={"code": frame["code"], "area": claimed, "found": found},
        ),
    ]


def is_inside(codes: pd.Series, claimed: pd.Series, *, areas: pd.DataFrame) -> pd.Series:
    """Whether each claimed area is the area `codes` itself or one of its ancestors; bool on the index of `codes`."""
    parents = areas.drop_duplicates("code", keep="last").set_index("code")["parent_code"]
    asked = pd.DataFrame({"at": codes, "claimed": claimed}).dropna()
    # Facilities are many and areas few, so each pair of codes is walked up once.
    at, at_codes = pd.factorize(asked["at"])
    goal, goal_codes = pd.factorize(asked["claimed"])
    pairs, pair = np.unique(at * max(len(goal_codes), 1) + goal, return_inverse=True)
    step = pd.Series(pd.Index(at_codes).take(pairs // max(len(goal_codes), 1)))
    ends = pd.Series(pd.Index(goal_codes).take(pairs % max(len(goal_codes), 1)))
    inside = np.zeros(len(pairs), dtype=bool)
    for _level in range(areas["level"].nunique()):
        inside |= (step == ends).to_numpy(dtype=bool)
        step = step.map(parents)
    return pd.Series(inside[pair], index=asked.index).reindex(codes.index, fill_value=False)

"""The rules of assignments: who is named, what they answer for, and one primary for each target at any instant.

A file replaces what the store holds of the same officer, target and role in the same period, so a row that only
changes the period of the same officer conflicts with nobody. Assignments that an AreaChange carried over and nobody
has confirmed are not declared, and conflict with nothing.
"""

import numpy as np
import pandas as pd

from gis.tables import TABLES
from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_number, row_problems
from gis.validate.rows import is_one_of, overlapping_rows
from gis.validate.stored import Stored

TARGET = ["target_kind", "target_code"]


def check_assignments(frame: pd.DataFrame, *, stored: Stored) -> list[Problem]:
    """Unknown officers and targets, and two primaries for one target in one period."""
    return [
        *row_problems(
            frame.index,
            frame["officer_code"].notna() & ~is_one_of(frame["officer_code"], stored.officers["code"]),
            column="officer_code",
            rule="unknown-officer",
            text=N_("officer {code} is not in the database. Correct the code, or import the officers first."),
            values={"code": frame["officer_code"]},
        ),
        *_check_targets(frame, "area", stored.areas["code"], N_("area {code} is not in the database. {remedy}")),
        *_check_targets(
            frame,
            "facility",
            pd.Index(list(stored.facility_codes), dtype="str"),
            N_("facility {code} is not in the database. {remedy}"),
        ),
        *check_primaries(frame, stored=stored.assignments),
    ]


def _check_targets(frame: pd.DataFrame, target_kind: str, codes: pd.Series | pd.Index, text: str) -> list[Problem]:
    targets = frame["target_code"]
    remedy = _("Correct target_code or target_kind, or import it first.")
    return row_problems(
        frame.index,
        (frame["target_kind"] == target_kind) & targets.notna() & ~is_one_of(targets, codes),
        column="target_code",
        rule="unknown-target",
        text=text,
        values={"code": targets, "remedy": pd.Series(remedy, index=frame.index)},
    )


def check_primaries(frame: pd.DataFrame, *, stored: pd.DataFrame) -> list[Problem]:
    """No target has two primaries on the same day, within the file or together with the store."""
    primaries = frame[frame["role"] == "primary"].assign(row=lambda rows: [row_number(r) for r in rows.index])
    declared = stored[(stored["role"] == "primary") & ~stored["carried"].astype(bool)]
    together = pd.concat([primaries, _not_replaced(declared, primaries).assign(row=-1)], ignore_index=True)
    problems = []
    for second, first in zip(*overlapping_rows(together, TARGET), strict=True):
        one, other = together.loc[first], together.loc[second]
        if one["officer_code"] == other["officer_code"] or max(one["row"], other["row"]) < 0:
            continue
        if one["row"] > other["row"]:
            one, other = other, one
        what = _(
            "{target} would have two primaries at once: {officer} ({period}, {place}) and {officer_here} "
            "({period_here}). End one of the two before the other begins.",
            target=other["target_code"],
            officer=one["officer_code"],
            period=_describe_period(one),
            place=_("in the database") if one["row"] < 0 else _("row {row}", row=one["row"]),
            officer_here=other["officer_code"],
            period_here=_describe_period(other),
        )
        problems.append(problem_at(int(other["row"]), "target_code", "two-primaries", "error", what))
    return problems


def _not_replaced(declared: pd.DataFrame, primaries: pd.DataFrame) -> pd.DataFrame:
    """The stored primaries that no row of the file replaces: same key, overlapping period."""
    key = list(TABLES["assignments"].key)
    related = declared[is_one_of(declared["target_code"], primaries["target_code"])].reset_index(drop=True)
    both = pd.concat([related.assign(row=-1), primaries], ignore_index=True)
    pairs = np.stack(overlapping_rows(both, key))
    in_file = both["row"].to_numpy() >= 0
    replaced = pairs[:, in_file[pairs].any(axis=0)].ravel()
    return related[~np.isin(np.arange(len(related)), replaced)]


def _describe_period(row: pd.Series) -> str:
    """A period as `2024-01-01 .. 2025-01-01`, three dots for an open side."""
    start, end = ("..." if pd.isna(day) else f"{day:%Y-%m-%d}" for day in (row["valid_from"], row["valid_to"]))
    return f"{start} .. {end}"

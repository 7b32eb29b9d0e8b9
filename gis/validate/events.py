"""The rules of what happened on one day: sessions of outreach and past inspections."""

from datetime import date

import pandas as pd

from gis.texts import N_
from gis.validate.report import Problem, row_problems
from gis.validate.rows import is_one_of


def check_days(frame: pd.DataFrame, day: str, *, today: date | None) -> list[Problem]:
    """Nothing is recorded before it has happened."""
    if today is None:
        return []
    return row_problems(
        frame.index,
        frame[day] > pd.Timestamp(today),
        column=day,
        rule="future-day",
        text=N_("{day} is still to come; today is {today}. Record it once it has happened."),
        values={
            "day": frame[day].dt.strftime("%F"),
            "today": pd.Series(today.isoformat(), index=frame.index),
        },
    )


def check_places(frame: pd.DataFrame, *, areas: pd.DataFrame) -> list[Problem]:
    """A session was held in an area of the store; that the area did not exist on that day is a warning.

    `areas`: canonical, all periods.
    """
    codes = frame["area_code"]
    known = is_one_of(codes, areas["code"])
    pairs = frame.reset_index(names="row")[["row", "area_code", "held_on"]].merge(
        areas[["code", "valid_from", "valid_to"]], left_on="area_code", right_on="code"
    )
    there = pairs["valid_from"].isna() | (pairs["valid_from"] <= pairs["held_on"])
    there &= pairs["valid_to"].isna() | (pairs["valid_to"] > pairs["held_on"])
    standing = frame.index.isin(pairs.loc[there, "row"])
    return [
        *row_problems(
            frame.index,
            codes.notna() & ~known,
            column="area_code",
            rule="unknown-area",
            text=N_("area {code} is not in the database. Correct the code, or import the areas first."),
            values={"code": codes},
        ),
        *row_problems(
            frame.index,
            known & ~standing & frame["held_on"].notna().to_numpy(),
            column="area_code",
            rule="area-not-in-force",
            severity="warning",
            text=N_("area {code} did not exist on {day}."),
            values={"code": codes, "day": frame["held_on"].dt.strftime("%F")},
        ),
    ]


def check_inspections(frame: pd.DataFrame) -> list[Problem]:
    """An inspection without a result is worth a look; one without an inspector is not, old records often lack them."""
    return row_problems(
        frame.index,
        frame["result"].isna(),
        column="result",
        rule="missing-result",
        severity="warning",
        text=N_("the inspection {code} has no result."),
        values={"code": frame["code"]},
    )

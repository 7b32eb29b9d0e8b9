"""An invented town whose facilities differ in how they keep house, and whose teams differ in what they find."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.ranking.features import History, describe

ON = date(2026, 1, 1)
TEAMS = ("strict", "mild;calm", "calm")
ALWAYS: Any = {"valid_from": pd.NaT, "valid_to": pd.NaT}


def build_history(*, facilities: int = 150, visits: int = 900, seed: int = 1, told: bool = True) -> History:
    """Three years of visits. With `told` untidy places have minor findings at every visit and serious ones at times;
    otherwise findings fall on anybody.
    """
    rng = np.random.default_rng(seed)
    untidy = rng.random(facilities)
    place = rng.integers(0, facilities, visits)
    team = rng.integers(0, len(TEAMS), visits)
    bad = np.where(told, untidy[place], 0.5)
    serious = (rng.random(visits) < 0.1 + 0.6 * bad**3 + 0.15 * (team == 0)).astype("int64")
    critical = serious * (rng.random(visits) < 0.3)
    frame = pd.DataFrame(
        {
            "code": [f"I{number}" for number in range(visits)],
            "facility_code": [f"F{number:03}" for number in place],
            "inspected_on": pd.Timestamp(ON) - pd.to_timedelta(rng.integers(1, 1000, visits), unit="D"),
            "inspectors": [TEAMS[number] for number in team],
            "result": np.where(serious > 0, "fail", "pass"),
            "minor": rng.poisson(1 + 5 * bad),
            "serious": serious,
            "critical": critical,
        }
    ).astype({"inspected_on": "datetime64[s]", "inspectors": "str", "result": "str", "facility_code": "str"})
    codes = pd.Series([f"F{number:03}" for number in range(facilities)], dtype="str")
    kinds = pd.Series(np.where(untidy > 0.5, "Clinic", "CLINIC "), dtype="str")
    register = pd.DataFrame({"code": codes, "kind": kinds}).assign(**ALWAYS)
    begun = pd.Timestamp(ON) - pd.to_timedelta(rng.integers(10, 3000, facilities), unit="D")
    licences = pd.DataFrame({"facility_code": codes, "number": codes, "valid_from": begun, "valid_to": pd.NaT})
    machines = pd.DataFrame({"serial": codes, "facility_code": codes, "valid_from": begun, "valid_to": pd.NaT})
    staff = pd.DataFrame({"operator_code": codes, "facility_code": codes, "qualification": "us", **ALWAYS})
    dated = (dates(table) for table in (register, licences, machines.iloc[::2], staff.iloc[::3]))
    register, licences, machines, staff = dated
    return History(register, frame, licences, machines, staff)


def dates(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with its period as canonical days."""
    return frame.astype({"valid_from": "datetime64[s]", "valid_to": "datetime64[s]"}).reset_index(drop=True)


def facts_of(history: History, on: date = ON) -> pd.DataFrame:
    """What is known of every facility before the day, by code."""
    asks = pd.DataFrame({"facility_code": history.facilities["code"].unique(), "origin": pd.Timestamp(on).as_unit("s")})
    return describe(asks, history).set_axis(pd.Index(asks["facility_code"]))

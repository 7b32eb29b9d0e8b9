"""Files and numbers for the firewall: the numbers have the structure of personal ones and are invented by a rule."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gis.errors import FirewallRefused
from gis.intake.firewall import inspect
from gis.intake.firewall_rules import check_character
from gis.intake.read import HiddenPlace, RawFile
from gis.intake.source import Source, load_source


def resident(number: int, *, region: str = "330302") -> str:
    """A resident number that passes the checksum, one for each number."""
    born = date(1970, 1, 1) + timedelta(days=number * 37 % 14_000)
    first = f"{region}{born:%Y%m%d}{number % 900 + 100}"
    return first + check_character(first)


def mobile(number: int) -> str:
    """A mobile number, one for each number."""
    return f"1{3 + number % 7}{(number * 7_919_317 + 104_729) % 10**9:09d}"


def table(rows: int = 10, /, **columns: Any) -> pd.DataFrame:
    """A clean facilities table with more columns."""
    frame = pd.DataFrame(
        {
            "code": [f"F{i}" for i in range(rows)],
            "name": [f"诊所{i}" for i in range(rows)],
            "kind": ["诊所"] * rows,
            "lon": [f"120.{i:07d}" for i in range(rows)],
            "lat": [f"28.{i:07d}" for i in range(rows)],
        }
    )
    return frame.assign(**columns).astype("str")


def raw(frame: pd.DataFrame, *places: HiddenPlace) -> RawFile:
    """A file as a reader hands it over."""
    return RawFile(Path("file.csv"), frame, None, None, "UTF-8", {}, places)


def refused(file: RawFile, source: Source | None = None) -> dict[str, set[str]]:
    """Column -> rules of a file that must be refused."""
    with pytest.raises(FirewallRefused) as caught:
        inspect(file, source or load_source("facilities"))
    found: dict[str, set[str]] = {}
    for finding in caught.value.details["findings"]:
        found.setdefault(finding["column"], set()).add(finding["rule"])
    return found

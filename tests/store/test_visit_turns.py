"""The last inspections between days: what the trend is made of, cut down by the database."""

from datetime import date

import pandas as pd
from sqlalchemy import Engine

from gis.rows import records
from gis.services.workspace import Workspace
from gis.store import read
from tests.access.conftest import add
from tests.api.awkward import days

TURNS = [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 15)]
SEEN = ("2025-01-01", "2026-03-31", "2026-04-01", "2026-04-29", "2026-04-30", "2026-05-15", "2026-05-16")


def visits() -> pd.DataFrame:
    """F1 on all of these days, F2 once."""
    held = days(*SEEN, "2026-05-01")
    frame = pd.DataFrame({"code": [f"I{n}" for n in range(len(held))], "facility_code": [*["F1"] * len(SEEN), "F2"]})
    frame = frame.astype("str").assign(inspected_on=held, valid_from=held, valid_to=days(*[None] * len(held)))
    texts = {name: pd.Series([None] * len(held), dtype="str") for name in ("checklist", "inspectors", "result")}
    counts = {name: pd.array([0] * len(held), dtype="Int64") for name in ("clerical", "minor", "serious", "critical")}
    return frame.assign(**texts, **counts)


def test_the_last_one_up_to_each_day_is_there(workspace: Workspace, engine: Engine) -> None:
    """A visit on a turn belongs to it, the day after to the next; what is later than the last turn is left out."""
    add(engine, "inspections", visits())
    with workspace.owner_transaction() as connection:
        found = read.read_visit_turns(connection, days=TURNS, known=None)
    rows = sorted((row["facility_code"], row["inspected_on"]) for row in records(found))
    assert rows == [("F1", "2026-03-31"), ("F1", "2026-04-30"), ("F1", "2026-05-15"), ("F2", "2026-05-01")]


def test_one_turn_is_the_last_visit_of_all(workspace: Workspace, engine: Engine) -> None:
    """With a single day it is what `read_last_visits` says of that day."""
    add(engine, "inspections", visits())
    with workspace.owner_transaction() as connection:
        for day in (date(2024, 1, 1), *TURNS, date(2027, 1, 1)):
            turns = read.read_visit_turns(connection, days=[day], known=None)
            last = read.read_last_visits(connection, on=day, known=None)
            pairs = [
                sorted(zip(frame["facility_code"], frame[name], strict=True))
                for frame, name in ((turns, "inspected_on"), (last, "last"))
            ]
            assert pairs[0] == pairs[1]

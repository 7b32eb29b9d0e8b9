"""Where the visits of a sweep come from: files that name facilities, a draw's proof, a ranking, and what is due."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.analysis.sweeps.hours import Hours, Span, parse_hours
from gis.analysis.sweeps.problem import Stop, Unvisited
from gis.errors import DataRejected, UsageError
from gis.policies.sweep import SweepPolicy
from gis.services.sweeps.document import MOST_STOPS
from gis.texts import _

CODE_COLUMNS: Final = ("facility", "code", "facility_code")
LARGEST_FILE: Final = 50_000_000
"""Bytes."""
LONGEST_OVERDUE: Final = 365
DUE: Final = ("never", "overdue", "due_soon")


@dataclass(frozen=True)
class Wish:
    """A facility that somebody wants visited."""

    facility: str
    source: str
    """must, drawn, ranked, never, overdue or due_soon."""
    worth: int
    origin: str
    """File and row, or `register`."""

    @property
    def must(self) -> bool:
        """Whether it is to be visited whatever it takes."""
        return self.source in ("must", "drawn")


def read_must(file: Path) -> list[Wish]:
    """The facilities that a CSV names, or a list of codes line by line. Raises UsageError, DataRejected."""
    rows = list(csv.reader(io.StringIO(_read(file))))
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = next((head.index(name) for name in CODE_COLUMNS if name in head), None)
    body = rows if column is None else rows[1:]
    first = 1 if column is None else 2
    column = column or 0
    found = []
    for number, row in enumerate(body, start=first):
        code = row[column].strip() if len(row) > column else ""
        if code:
            found.append(Wish(code, "must", 0, _("{file}, row {row}", file=file.name, row=number)))
    if not found:
        raise DataRejected(_("{file} names no facility. Write a column `facility`, one code a row.", file=file.name))
    return found


def read_draw(file: Path) -> list[Wish]:
    """The facilities that a draw's proof says were drawn. Raises UsageError, DataRejected."""
    return parse_draw(_read(file), name=file.name)


def parse_draw(text: str, *, name: str) -> list[Wish]:
    """The same from the text of the proof. Raises DataRejected."""
    try:
        document = json.loads(text)
        entries = document["drawn"]
        codes = [entry if isinstance(entry, str) else entry.get("facility", entry.get("code")) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        codes = []
    if not codes or not all(isinstance(code, str) for code in codes):
        raise DataRejected(
            _("{file} is no proof of a draw: it names nothing under `drawn`. Give the file of `draw`.", file=name)
        )
    return [Wish(code, "drawn", 0, f"{name}, drawn[{number}]") for number, code in enumerate(codes, start=1)]


def read_ranking(file: Path, top: int, policy: SweepPolicy) -> list[Wish]:
    """The first ranks of a ranking, worth less from rank to rank. Raises UsageError, DataRejected."""
    rows = list(csv.DictReader(io.StringIO(_read(file))))
    if not rows or not {"facility", "rank"} <= set(rows[0]):
        raise DataRejected(_("{file} is no ranking: it needs the columns facility and rank.", file=file.name))
    try:
        ranked = sorted((int(row["rank"]), number, row["facility"]) for number, row in enumerate(rows, start=2))
    except (TypeError, ValueError):
        raise DataRejected(_("{file}, rank: write whole numbers.", file=file.name)) from None
    chosen = ranked[:top]
    return wish_ranked(
        [(code, _("{file}, row {row}", file=file.name, row=number)) for _rank, number, code in chosen], top, policy
    )


def wish_ranked(chosen: Iterable[tuple[str, str]], top: int, policy: SweepPolicy) -> list[Wish]:
    """The first ranks as codes with their origins, by rank: each worth less than the one before."""
    full = policy.worth_minutes["ranked"]
    return [
        Wish(code, "ranked", round(full * (1 - place / (2 * top))), origin)
        for place, (code, origin) in enumerate(chosen)
    ]


def wish_due(states: pd.DataFrame, most: int, policy: SweepPolicy) -> list[Wish]:
    """The most pressing of what is due: `states` as `InspectionGaps.by_facility`."""
    turn = states["state"].map({state: number for number, state in enumerate(DUE)})
    rows = states.assign(turn=turn)[turn.notna()]
    rows = rows.sort_values(["turn", "days", "facility"], ascending=[True, False, True], kind="stable").head(most)
    columns = (rows[name].tolist() for name in ("facility", "state", "days"))
    return [
        Wish(code, state, _worth_due(state, days, policy), "register")
        for code, state, days in zip(*columns, strict=True)
    ]


def _worth_due(state: str, days: Any, policy: SweepPolicy) -> int:  # noqa: ANN401 - Int64 with NA
    """An overdue visit is worth up to double after a year."""
    worth = policy.worth_minutes[state]
    late = 0 if state != "overdue" or pd.isna(days) else min(int(days), LONGEST_OVERDUE)
    return round(worth * (1 + late / LONGEST_OVERDUE))


def merge(wishes: Iterable[Wish]) -> list[Wish]:
    """One wish for each facility: what must be first, then the one worth most."""
    best: dict[str, Wish] = {}
    for wish in wishes:
        known = best.get(wish.facility)
        if known is None or (wish.must, wish.worth) > (known.must, known.worth):
            best[wish.facility] = wish
    if len(best) > MOST_STOPS:
        raise UsageError(
            _(
                "{number} facilities are too many for one sweep; {most} are planned at most.",
                number=len(best),
                most=MOST_STOPS,
            )
        )
    return list(best.values())


def make_stops(
    wishes: Sequence[Wish], premises: gpd.GeoDataFrame, days: Sequence[date], policy: SweepPolicy
) -> tuple[list[Stop], list[Unvisited]]:
    """Stops with their hours on each day; those whose hours are not understood, unless they must be, with the reason.

    Raises DataRejected for a facility that is not in the register or has no point.
    """
    rows = premises.set_index("code")
    stops, left = [], []
    for wish in wishes:
        if wish.facility not in rows.index:
            raise DataRejected(
                _(
                    "{origin}: there is no facility {code} in the register on {day}. Correct the code or import it.",
                    origin=wish.origin,
                    code=wish.facility[:100],
                    day=days[0].isoformat(),
                )
            )
        row = rows.loc[wish.facility]
        if row.geometry is None or row.geometry.is_empty:
            raise DataRejected(
                _(
                    "{origin}: facility {code} has no point. Import it with lon and lat.",
                    origin=wish.origin,
                    code=wish.facility,
                )
            )
        try:
            hours = parse_hours(_text(row["hours"]) or policy.usual_hours)
        except DataRejected as error:
            if wish.must:
                raise _wrong_hours(wish, error) from None
            left.append(Unvisited(wish.facility, "no-hours", _text(row["hours"]) or ""))
            continue
        stops.append(_make_stop(wish, row, hours, days, policy))
    return stops, left


def _make_stop(wish: Wish, row: Mapping[str, Any], hours: Hours, days: Sequence[date], policy: SweepPolicy) -> Stop:
    kind = _text(row["kind"])
    return Stop(
        code=wish.facility,
        name=_text(row["name"]) or wish.facility,
        lon=float(row["geometry"].x),
        lat=float(row["geometry"].y),
        minutes=policy.minutes_of(kind),
        open_on={day: spans for day in days if (spans := _open_on(hours, day, policy))},
        must=wish.must,
        worth=wish.worth,
        needs=policy.needs.get(kind or "", frozenset()),
        source=wish.source,
        kind=kind,
        address=_text(row["address"]),
    )


def _open_on(hours: Hours, day: date, policy: SweepPolicy) -> tuple[Span, ...]:
    if policy.is_holiday(day):
        if hours.holidays is not None:
            return hours.holidays
        if policy.closed_on_holidays:
            return ()
    return hours.week[day.weekday()]


def _wrong_hours(wish: Wish, error: DataRejected) -> DataRejected:
    return DataRejected(
        _(
            "{origin}: facility {code}, hours: {problem} Correct it in the register and import it again.",
            origin=wish.origin,
            code=wish.facility,
            problem=error.message,
        ),
        details={"facility": wish.facility, "column": "hours"},
    )


def sweep_days(first: date, days: int, policy: SweepPolicy, *, every_day: bool) -> list[date]:
    """The days of the span on which teams work."""
    span = [first + timedelta(days=number) for number in range(days)]
    return [day for day in span if every_day or policy.is_worked(day)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise DataRejected(_("{file} is too large.", file=file.name))
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(_("There is no file {file}.", file=file)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=file.name, why=error)) from None

"""Travel times of this deployment: on the roads in use, or over straight lines where there are none.

Whoever plans with a matrix hands its `note` on to whoever reads the plan.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely

from gis.analysis.travel.times import Matrix, Place, Way, measure_roads, measure_straight, trace_roads
from gis.errors import DataRejected, NotFound, UsageError
from gis.intake.firewall import inspect
from gis.intake.places import place_source, read_places
from gis.intake.read import FORMATS, read_file
from gis.policies import shipped_travel_policy
from gis.roads import MODES, Mode
from gis.roles import Actor, permit
from gis.services.scope import own
from gis.services.travel.files import FORM, digest, load_matrix, save_matrix
from gis.services.travel.roads import Places, as_degrees, load_roads, straight_note
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import _

MATRICES: Final = "travel"
NAMED: Final = 10
"""Codes that a sentence names; there are counts for the others."""


@dataclass(frozen=True)
class Times:
    """Travel times between named places."""

    frame: pd.DataFrame
    """`origin, destination, minutes`: the pairs within the cut that a way leads to."""
    matrix: Matrix
    off: tuple[str, ...]
    """Codes of the places that are off the roads."""


def measure_times(
    workspace: Workspace, origins: Places, destinations: Places, *, mode: Mode, cut_minutes: float | None = None
) -> Matrix:
    """Minutes and metres from each origin to each destination, along the fastest way; NaN where there is none.

    Places: points of a frame, or rows of longitude and latitude. Without roads in use, straight lines times the
    policy's factor, with `straight_line` and a `note` for the reader. What was measured once is read from the disk.
    """
    if mode not in MODES:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(MODES)))
    starts, goals = as_degrees(origins), as_degrees(destinations)
    policy = shipped_travel_policy()
    roads = load_roads(workspace, mode)
    if roads is None:
        matrix = measure_straight(starts, goals, mode=mode, policy=policy, cut_minutes=cut_minutes)
        return replace(matrix, note=straight_note())
    folder = workspace.settings.home / MATRICES
    key = hashlib.sha256(
        json.dumps(
            [FORM, roads[1], policy.to_json(), mode, cut_minutes, digest({"from": starts, "to": goals})]
        ).encode()
    ).hexdigest()
    matrix_kept = load_matrix(folder, key, mode)
    matrix = matrix_kept or measure_roads(roads[0], starts, goals, cut_minutes=cut_minutes)
    if matrix_kept is None:
        save_matrix(folder, key, matrix)
    off = len(matrix.off_origins) + len(matrix.off_destinations)
    return replace(matrix, note=_off_note(off) if off else "")


def find_path(workspace: Workspace, a: Place, b: Place, mode: Mode) -> Way | None:
    """The fastest way between two places (longitude, latitude): its line, minutes and metres; None where there is none.

    Without roads in use, a straight line.
    """
    roads = load_roads(workspace, mode)
    if roads is not None:
        return trace_roads(roads[0], a, b)
    matrix = measure_straight([a], [b], mode=mode, policy=shipped_travel_policy())
    minutes = float(matrix.minutes[0, 0])
    if np.isnan(minutes):
        return None
    return Way(shapely.LineString([a, b]), minutes, float(matrix.metres[0, 0]))


def tabulate_times(
    workspace: Workspace,
    actor: Actor,
    origins: str,
    destinations: str,
    *,
    mode: Mode,
    cut_minutes: float | None = None,
    on: date | None = None,
) -> Times:
    """Times between facilities (codes with commas between) or the places of a file (its name).

    Raises NotFound for a code that no facility of the actor's has, DataRejected where all places of a side are off the
    roads.
    """
    permit(actor, "travel.read")
    starts = _find_places(workspace, actor, origins, on=on or today())
    goals = starts if destinations == origins else _find_places(workspace, actor, destinations, on=on or today())
    matrix = measure_times(workspace, starts[["lon", "lat"]], goals[["lon", "lat"]], mode=mode, cut_minutes=cut_minutes)
    off = tuple(
        dict.fromkeys(
            [*starts["code"].iloc[list(matrix.off_origins)], *goals["code"].iloc[list(matrix.off_destinations)]]
        )
    )
    if len(matrix.off_origins) == len(starts) or len(matrix.off_destinations) == len(goals):
        raise DataRejected(
            _(
                "The road extract does not cover these places: {codes}. Take an extract of the whole district into use "
                "with `wangge roads use`.",
                codes=name_some(off),
            ),
            details={"off": list(off)},
        )
    near = np.argwhere(np.isfinite(matrix.minutes))
    frame = pd.DataFrame(
        {
            "origin": starts["code"].to_numpy()[near[:, 0]],
            "destination": goals["code"].to_numpy()[near[:, 1]],
            "minutes": matrix.minutes[near[:, 0], near[:, 1]].round(3),
        }
    )
    return Times(frame, matrix, off)


def name_some(codes: tuple[str, ...]) -> str:
    """The first codes, and how many more there are."""
    named = ", ".join(codes[:NAMED])
    return named if len(codes) <= NAMED else _("{codes} and {count} more", codes=named, count=len(codes) - NAMED)


def _off_note(number: int) -> str:
    return _(
        "The road extract does not cover {count} of the places: no road is within {metres} m of them.",
        count=number,
        metres=round(shipped_travel_policy().farthest_m),
    )


def _find_places(workspace: Workspace, actor: Actor, words: str, *, on: date) -> pd.DataFrame:
    """`code, lon, lat` of a file, or of facilities by their codes in the order given."""
    if Path(words).suffix.lower() in FORMATS:
        source = place_source()
        raw = read_file(Path(words), source)
        inspect(raw, source)
        return read_places(raw, source)
    codes = list(dict.fromkeys(code.strip() for code in words.split(",") if code.strip()))
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        found = read.read_table(connection, "facilities", on=on, known=None, codes=codes, mine=mine)
    missing = [code for code in codes if code not in set(found["code"])]
    if missing or not codes:
        raise NotFound(_("No facility {code} on {on}.", code=name_some(tuple(missing)) or words, on=on))
    frame = pd.DataFrame({"code": found["code"], "lon": found.geometry.x, "lat": found.geometry.y})
    return frame.set_index("code").loc[codes].reset_index()

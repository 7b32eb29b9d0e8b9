"""Undoing an area change by another one of the inverse kind.

Nothing is taken out of the history. From a day on, the areas that the change ended begin again with their codes,
names, polygons and parents; those it began end; children go back to the parents they had; the officers who answered for
the old areas answer for them again, for as long as they were to; facilities claim what they claimed. Between the two
days the change stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.changes import check_parents
from gis.analysis.areas.crosswalk import build_crosswalk
from gis.analysis.areas.following import (
    ASSIGNMENT_COLUMNS,
    current_assignments,
    follow_children,
    follow_facilities,
    without_unchanged,
)
from gis.analysis.areas.nesting import in_force
from gis.errors import DataRejected
from gis.tables import AREAS, AreaChange, ChangeKind
from gis.texts import _

INVERSE: Final[Mapping[ChangeKind, ChangeKind]] = MappingProxyType(
    {"split": "merge", "merge": "split", "redraw": "redraw", "recode": "recode"}
)


@dataclass(frozen=True)
class Register:
    """What a change is planned on: canonical frames, all periods, as they were known at one instant."""

    areas: gpd.GeoDataFrame
    assignments: pd.DataFrame
    facilities: gpd.GeoDataFrame


def recall_change(
    kind: ChangeKind, on: date, crosswalk: pd.DataFrame, *, was: Register, became: Register
) -> AreaChange:
    """A change that was made, read from what was known just before it was recorded and just after.

    Parameters: `crosswalk`, that of the change; `was`, `became`, the register on either side of that instant.
    """
    old, new, day = crosswalk["old_code"], crosswalk["new_code"], pd.Timestamp(on)
    standing = in_force(was.areas, on)
    begins = became.areas[became.areas["valid_from"] == day]
    parents = begins["code"].map(standing.set_index("code")["parent_code"])
    moved = ~begins["code"].isin(new) & parents.isin(old) & (begins["parent_code"] != parents)
    ended, begun = without_unchanged(
        current_assignments(was.assignments, old, on=on), current_assignments(became.assignments, new, on=on), on=on
    )
    claims = in_force(became.facilities, on)[["code", "area_code"]]
    before_that = claims["code"].map(in_force(was.facilities, on).set_index("code")["area_code"])
    claims = claims[before_that.isin(old) & (claims["area_code"] != before_that)].sort_values("code")
    columns = [*AREAS.columns, "geometry"]
    return AreaChange(
        kind=kind,
        on=on,
        before=standing[standing["code"].isin(old)].sort_values("code", ignore_index=True)[columns],
        after=begins[begins["code"].isin(new)].sort_values("code", ignore_index=True)[columns],
        reparented=begins[moved].sort_values("code", ignore_index=True)[columns],
        crosswalk=crosswalk,
        ended=ended,
        begun=begun,
        facilities=pd.DataFrame(claims.reset_index(drop=True)),
    )


def plan_undo(
    change: AreaChange,
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    number: int,
    on: date,
    levels: Sequence[str],
    sliver_m2: float = 1.0,
    note: str | None = None,
) -> AreaChange:
    """The change that takes another one back from a day on.

    Parameters: `change`, as planned or as `recall_change` gives it, and its `number` in the store; `areas`,
    `assignments`, `facilities`, canonical, all periods as they are known now; `on`, the day of the change or a later
    one. On the very day the change never takes effect: what it began has no day left and is withdrawn.

    Officers who were assigned to the new areas since the change lose them with those areas. Where an area kept its
    code through the change, an assignment made since then stays.

    Raises DataRejected where the day is too early, where one of the areas was changed again since (undo that
    first), and where an old code or parent has been taken or has gone.
    """
    if on < change.on:
        raise DataRejected(_("The change is of {day}. Undo it from that day on or later.", day=change.on))
    before = _still_standing(change, areas, on)
    after = change.before.assign(
        valid_from=pd.Timestamp(on).as_unit("s"), valid_to=pd.Series(pd.NaT, change.before.index)
    )
    after = after.astype({"valid_to": "datetime64[s]"})
    _refuse_taken_codes(before, after, areas, on)
    check_parents(before, after, areas, on=on, levels=levels)
    pairs = change.crosswalk.rename(columns={"old_code": "new_code", "new_code": "old_code"})
    crosswalk = build_crosswalk(before, after, pairs, in_force(areas, on), sliver_m2=sliver_m2)
    ended, begun = _resume_assignments(change, assignments, on)
    return AreaChange(
        kind=INVERSE[change.kind],
        on=on,
        before=before,
        after=after,
        reparented=follow_children(areas, after, crosswalk, on=on, former=_former_parents(change, areas)),
        crosswalk=crosswalk,
        ended=ended,
        begun=begun,
        facilities=_resume_claims(change, before, after, facilities, crosswalk, on),
        undoes=number,
        note=note,
    )


def _still_standing(change: AreaChange, areas: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """The areas that the change began, where nothing has changed them since."""
    codes = change.after["code"]
    ours = areas[areas["code"].isin(codes)]
    standing = in_force(ours, on)
    untouched = standing[(standing["valid_from"] == pd.Timestamp(change.on)) & standing["valid_to"].isna()]
    later = sorted(set(codes) - set(untouched["code"]))
    if later:
        raise DataRejected(
            _(
                "{codes} changed again after {day}. Undo the later changes first.",
                codes=", ".join(later),
                day=change.on,
            ),
            details={"codes": later},
        )
    return untouched.sort_values("code", ignore_index=True)[[*AREAS.columns, "geometry"]]


def _refuse_taken_codes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, on: date) -> None:
    lasting = areas[areas["valid_to"].isna() | (areas["valid_to"] > pd.Timestamp(on))]
    taken = sorted(set(after["code"]) & (set(lasting["code"]) - set(before["code"])))
    if taken:
        raise DataRejected(
            _("Other areas have the codes {codes} now. Recode those first.", codes=", ".join(taken)),
            details={"codes": taken},
        )


def _former_parents(change: AreaChange, areas: gpd.GeoDataFrame) -> dict[str, str]:
    """Child -> the parent it had on the eve of the change, for parents that the change ended."""
    eve = in_force(areas, change.on - timedelta(days=1))
    eve = eve[eve["parent_code"].isin(change.before["code"])]
    return dict(zip(eve["code"], eve["parent_code"], strict=True))


def _resume_assignments(change: AreaChange, assignments: pd.DataFrame, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What ends on the areas that the change began, and what resumes on those it ended."""
    day = pd.Timestamp(on).as_unit("s")
    now = current_assignments(assignments, change.after["code"], on=on)
    same = [c for c in ASSIGNMENT_COLUMNS if c not in ("valid_to", "carried")]  # another period is not of the change
    handed_on = pd.MultiIndex.from_frame(now[same]).isin(pd.MultiIndex.from_frame(change.begun[same]))
    ended = now[~now["target_code"].isin(change.before["code"]) | handed_on]
    lasting = change.ended["valid_to"].isna() | (change.ended["valid_to"] > day)
    begun = change.ended[lasting]
    begun = begun.assign(valid_from=begun["valid_from"].where(begun["valid_from"] > day, day))
    return without_unchanged(ended.reset_index(drop=True), begun.reset_index(drop=True), on=on)


def _resume_claims(
    change: AreaChange,
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    crosswalk: pd.DataFrame,
    on: date,
) -> pd.DataFrame:
    """Claims go back to what the facility claimed on the eve of the change, else to where its point lies."""
    claims = follow_facilities(facilities, before, after, crosswalk, on=on)
    eve = in_force(facilities, change.on - timedelta(days=1)).drop_duplicates("code").set_index("code")["area_code"]
    was = claims["code"].map(eve)
    return claims.assign(area_code=was.where(was.isin(after["code"]), claims["area_code"]))

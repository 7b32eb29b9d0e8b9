"""What the responsibility map shows of a day, with the columns that the reader's role may see."""

from datetime import date, datetime
from typing import Any, Final, cast

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force, nest
from gis.analysis.responsibility.workload import locate_facilities
from gis.errors import NotFound
from gis.policies import InspectionPolicy
from gis.roles import PERMITTED, Actor, permit, visible
from gis.rules import CASE
from gis.services import outreach
from gis.services.areas.responsibility import NO_GAPS, fault_shapes, find_gaps, no_faults, widen
from gis.services.cases import records as cases
from gis.services.cases.clocks import FINAL as CASES_OVER
from gis.services.inspections import findings, oversight
from gis.services.outreach import window_days
from gis.services.register import Duties, is_bound, read_duties
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import read, tiles
from gis.texts import _
from maps.inspections import InspectionData
from maps.outreach import OutreachData
from maps.responsibility import CHINA, ResponsibilityData, TiledSummary

MOST_CASES: Final = 100_000


def responsibility_page(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    area: str | None = None,
) -> ResponsibilityData | TiledSummary:
    """What a served page needs: everything, or with more areas than the threshold only a summary for tiles."""
    permit(actor, "maps.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        total = read.count_table(connection, "areas", on=on, known=known, mine=mine)
        if total > workspace.settings.tile_threshold and area is None:
            bounds = tiles.extent(connection, on=on, known=known, mine=bool(mine))
            counts = tiles.counts(connection, on=on, known=known, mine=bool(mine))
            levels = tuple(level for level in workspace.settings.levels if level in counts)
            return TiledSummary(bounds=bounds or CHINA, levels=levels, counts=counts, on=on, known=known)
    return responsibility_data(workspace, actor, on=on, known=known, area=area)


def outreach_data(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    days: int | None = None,
) -> OutreachData:
    """The areas that the actor answers for, with what `gaps outreach` counts for each."""
    on, days = on or today(), window_days(days)
    found, areas = outreach.find_gaps(workspace, actor, on=on, known=known, days=days)
    counts = found.by_area.set_index("area")[["sessions", "reach", "last"]].reindex(areas["code"])
    return OutreachData(
        areas=areas.reset_index(drop=True).assign(**{str(name): counts[name].array for name in counts}),
        levels=workspace.settings.levels,
        on=on,
        known=known,
        days=days,
    )


def inspection_data(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: InspectionPolicy | None = None,
) -> InspectionData:
    """The areas and premises that the actor answers for, with what `gaps inspections` says of each.

    On the map of today those who may see findings see which premises have some.
    """
    permit(actor, "maps.read")
    on = on or today()
    found = oversight.find_oversight(workspace, actor, on=on, known=known, policy=policy)
    areas = in_force(found.areas, on)
    counts = found.gaps.by_area.drop(columns=["name", "level"]).rename(columns={"area": "code"})
    premises = in_force(found.facilities, on)
    states = found.gaps.by_facility.drop(columns="kind").rename(columns={"facility": "code", "state": "due"})
    if actor.role in PERMITTED["findings.read"] and on == today() and known is None:
        states = states.merge(_followed(workspace, actor), on="code", how="left")
    return InspectionData(
        areas=cast("gpd.GeoDataFrame", areas.merge(counts, on="code", how="left")),
        facilities=cast("gpd.GeoDataFrame", premises.merge(states, on="code", how="left")),
        levels=workspace.settings.levels,
        on=on,
        known=known,
    )


def _followed(workspace: Workspace, actor: Actor) -> pd.DataFrame:
    """What inspections led to, as of now: code, findings, findings_late (Int64), case_state; one row a facility."""
    rows, _total = findings.list_findings(workspace, actor, limit=None)
    frame = pd.DataFrame([(row["facility_code"], row["overdue"]) for row in rows], columns=["code", "late"])
    by = frame.astype({"code": "str", "late": "Int64"}).groupby("code")["late"]
    counted = pd.DataFrame({"findings": by.size().astype("Int64"), "findings_late": by.sum()})
    found, _total = cases.list_cases(workspace, actor, limit=MOST_CASES)
    states = {row["facility"]["code"]: _(CASE.states[row["state"]]) for row in found if row["state"] not in CASES_OVER}
    return (
        counted.join(pd.Series(states, name="case_state", dtype="str"), how="outer").rename_axis("code").reset_index()
    )


def responsibility_data(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    area: str | None = None,
) -> ResponsibilityData:
    """Areas with their officers and state, faults, facilities and gaps; `area` keeps what is inside that one."""
    permit(actor, "maps.read")
    on = on or today()
    duties = read_duties(workspace, actor, on=on, known=known)
    if actor.role == "public":
        faults, document = no_faults(), {**NO_GAPS, "on": on.isoformat()}
    else:
        faults = fault_shapes(workspace, actor, on=on, known=known)
        document = find_gaps(workspace, actor, on=on, known=known).to_json()
    places = in_force(duties.facilities, on)
    ground = widen(workspace, duties.areas, places, on=on, known=known) if is_bound(actor) else duties.areas
    areas, facilities = name_officers(duties, actor, on=on), place_facilities(duties, actor, on=on, ground=ground)
    if area is not None:
        if area not in set(areas["code"]):
            raise NotFound(_("No area {code} on {on}.", code=area, on=on))
        inside = {area, *nest(areas).descendants(area)}
        areas = areas[areas["code"].isin(inside)].reset_index(drop=True)
        facilities = facilities[facilities["area_code"].isin(inside)].reset_index(drop=True)
        faults = faults[faults["a"].isin(inside) | faults["b"].isin(inside)].reset_index(drop=True)
        document = _only_inside(document, inside | set(facilities["code"]))
    return ResponsibilityData(
        areas=areas,
        faults=faults,
        facilities=facilities,
        levels=workspace.settings.levels,
        on=on,
        known=known,
        gaps=document,
    )


def name_officers(duties: Duties, actor: Actor, *, on: date) -> gpd.GeoDataFrame:
    """Areas in force with `officer` (names of the primaries, missing for nobody), `state`, and `from`, `to`."""
    primaries = in_force(duties.assignments, on)
    primaries = primaries[(primaries["target_kind"] == "area") & (primaries["role"] == "primary")]
    names = visible(in_force(duties.officers, on), actor.role, table="officers").set_index("code")["name"]
    primaries = primaries.assign(officer=primaries["officer_code"].map(names).fillna(primaries["officer_code"]))
    held = primaries.sort_values("officer_code").groupby("target_code")
    summary = pd.DataFrame(
        {
            "officer": held["officer"].agg("、".join),
            "count": held["officer_code"].nunique(),
            "from": held["valid_from"].max(),
            "to": held["valid_to"].min(),
        }
    )
    areas = visible(duties.areas, actor.role, table="areas").drop(columns=["valid_from", "valid_to"])
    areas = areas.join(summary.reindex(areas["code"]).set_axis(areas.index))
    count = areas.pop("count").fillna(0)
    areas["state"] = count.map(lambda primaries: ("vacant", "covered")[int(primaries)] if primaries < 2 else "doubled")
    return areas.reset_index(drop=True)


def place_facilities(duties: Duties, actor: Actor, *, on: date, ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Facilities in force with the area that holds them and `orphan`, whether none of the lowest level there does.

    `ground` is the areas, and those around facilities that lie in none of them.
    """
    facilities = in_force(duties.facilities, on)
    held = locate_facilities(facilities, duties.areas, climb=True)
    orphan = locate_facilities(facilities, ground).isna()
    shown = visible(facilities, actor.role, table="facilities")[["code", "name", "kind", "geometry"]]
    return shown.assign(area_code=held, orphan=orphan).reset_index(drop=True)


def _only_inside(document: dict[str, Any], codes: set[str]) -> dict[str, Any]:
    """The gaps of one part of the district; workload and dates stay as they are."""
    sides = {"doubled": "target", "holes": "parent", "overlaps": "a", "outside": "child"}
    kept = {key: [row for row in document[key] if row[side] in codes] for key, side in sides.items()}
    codes_only = {key: [code for code in document[key] if code in codes] for key in ("vacant", "orphans")}
    return {**document, **kept, **codes_only}

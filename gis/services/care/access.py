"""Care within reach on what is stored: modelled demand, the sites that give antenatal care, and the ways between them.

A *site* is a facility in force whose kind the policy names, with a licence that it asks for in force on the day. Its
capacity is visits a year. Bound to a part of the district, an actor is answered from the sites of that part alone, as
everywhere else; the answer says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.analysis.access.care import sum_by_area
from gis.analysis.access.measure import compute_access
from gis.analysis.access.reach import cover_within_capacity
from gis.analysis.access.weights import parse_weights
from gis.analysis.areas.nesting import in_force
from gis.policies import CarePolicy, shipped_care_policy
from gis.roads import MODES, Mode
from gis.roles import Actor, permit, visible
from gis.services.care.demand import stored_demand
from gis.services.care.ways import Ways, find_ways, roads_mark
from gis.services.register import own_table
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import current_language

REASONS: Final = ("licence", "machines", "capacity")
"""Why a facility of a kind that gives care is no site: no licence in force, too few machines, no visits."""


@dataclass(frozen=True)
class Supply:
    """The sites of a day, and how many premises of the same kinds are none."""

    sites: gpd.GeoDataFrame
    """By code (index `site`): name, kind, address, hours, capacity (float64, visits a year), machines (int64),
    machine_hours (float64, a year); points in EPSG:4326."""
    left_out: Mapping[str, int]
    """Reason of REASONS -> facilities."""


@dataclass(frozen=True)
class ModeAccess:
    """What one mode of travel reaches."""

    ways: Ways
    cells: pd.DataFrame
    """By cell: nearest_site, nearest_minutes, access (visits offered for one needed), served (visits)."""
    by_area: pd.DataFrame
    """As `gis.analysis.access.care.sum_by_area` gives it."""


@dataclass(frozen=True)
class Access:
    """Demand, sites and reach of one day."""

    areas: gpd.GeoDataFrame
    """Those in force, columns by role."""
    demand: gpd.GeoDataFrame
    supply: Supply
    by_mode: Mapping[Mode, ModeAccess]
    policy: CarePolicy
    on: date
    known: datetime | None


def find_access(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: CarePolicy | None = None,
) -> Access:
    """Access on foot and by car of the cells and areas that the actor answers for; kept until something changes."""
    permit(actor, "access.read")
    on, chosen = on or today(), policy or shipped_care_policy()
    key = (*access_key(workspace, actor), on, known, repr(chosen))
    return workspace.remember(key, lambda: _measure(workspace, actor, on=on, known=known, policy=chosen))


def access_key(workspace: Workspace, actor: Actor) -> tuple[object, ...]:
    """Says all that access depends on but the question: how the actor stands, the roads in use, the language."""
    return (*standing(workspace, actor).key, "access", roads_mark(workspace), current_language())


def stored_supply(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: CarePolicy | None = None,
) -> gpd.GeoDataFrame:
    """The sites of `find_supply` alone: index `site`, with capacity (visits a year), kind and point."""
    return find_supply(workspace, actor, on=on, known=known, policy=policy).sites


def find_supply(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: CarePolicy | None = None,
) -> Supply:
    """The sites in force on the day among what the actor answers for."""
    permit(actor, "access.read")
    on, policy = on or today(), policy or shipped_care_policy()
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        licences, equipment = (
            read.read_table(connection, table, on=on, known=known, mine=mine) for table in ("licences", "equipment")
        )
    facilities = in_force(own_table(workspace, actor, "facilities", known=known), on)
    return select_sites(facilities, licences, equipment, policy)


def select_sites(
    facilities: gpd.GeoDataFrame, licences: pd.DataFrame, equipment: pd.DataFrame, policy: CarePolicy
) -> Supply:
    """The facilities that give care, all frames in force on one day. A machine counts where it was registered last."""
    of_kind = facilities[facilities["kind"].isin(list(policy.kinds))].sort_values("code")
    machines = equipment
    if policy.machine_kinds:
        machines = machines[machines["kind"].isin(policy.machine_kinds)]
    machines = machines.sort_values(["valid_from", "facility_code"], na_position="first").drop_duplicates(
        "serial", keep="last"
    )
    number = machines.groupby("facility_code").size().reindex(of_kind["code"]).fillna(0).astype("int64").to_numpy()
    held = licences.groupby("facility_code")["kind"].agg(set).reindex(of_kind["code"]).tolist()
    rows, left_out = [], dict.fromkeys(REASONS, 0)
    for kind, machine, having in zip(of_kind["kind"], number, held, strict=True):
        care = policy.kinds[kind]
        weekly = care.visits_a_week + care.visits_a_week_per_machine * int(machine)
        licensed = not care.licences or (isinstance(having, set) and bool(having & set(care.licences)))
        reason = "licence" if not licensed else "machines" if machine < care.least_machines else "capacity"
        fits = licensed and machine >= care.least_machines and weekly > 0
        if not fits:
            left_out[reason] += 1
        hours = care.machine_hours_a_week * int(machine) * policy.weeks_a_year
        rows.append((fits, float(weekly * policy.weeks_a_year), int(machine), float(hours)))
    about = pd.DataFrame(rows, columns=["fits", "capacity", "machines", "machine_hours"], index=of_kind.index)
    columns = ["code", "name", "kind", "address", "hours", "geometry"]
    sites = of_kind[columns].join(about.astype({"fits": "bool", "capacity": "float64"}))
    kept = sites[sites["fits"] & ~(sites.geometry.isna() | sites.geometry.is_empty)]
    return Supply(cast("gpd.GeoDataFrame", kept.drop(columns="fits").set_index("code").rename_axis("site")), left_out)


def stored_times(
    workspace: Workspace,
    actor: Actor,
    cells: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    *,
    mode: Mode,
    cut: float | None = None,
    on: date | None = None,
    known: datetime | None = None,
) -> pd.DataFrame:
    """`origin` (cell), `destination` (site), `minutes`: the pairs within the cut, and each cell's nearest site.

    Frames by code, with points. See `gis.services.care.ways.find_ways` for what else is known of the ways.
    """
    return find_ways(workspace, actor, cells, sites, mode=mode, cut=cut, on=on, known=known).times


def measure_access(
    demand: pd.DataFrame, supply: pd.DataFrame, times: pd.DataFrame, *, policy: CarePolicy | None = None
) -> pd.DataFrame:
    """By cell: `nearest_site, nearest_minutes`, `access` and `served`, both in visits.

    `demand` by cell with `visits`, `supply` by site with `capacity`, both a year; `times` as `stored_times` gives them.
    """
    policy = policy or shipped_care_policy()
    if supply.empty or demand.empty:
        nothing = {"nearest_site": pd.Series(None, index=demand.index, dtype="str"), "nearest_minutes": np.nan}
        return pd.DataFrame(nothing | {"access": 0.0, "served": 0.0}, index=demand.index)
    minutes = float(policy.catchment_minutes)
    found = compute_access(
        demand["visits"],
        supply["capacity"],
        times,
        minutes=minutes,
        method=policy.method,
        weights=parse_weights(policy.weights, minutes=minutes),
    )
    within = cover_within_capacity(demand["visits"], supply["capacity"], times, minutes=minutes)
    return found.assign(served=within["served"].reindex(found.index).fillna(0.0))


def _measure(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None, policy: CarePolicy) -> Access:
    demand = stored_demand(workspace, actor, on=on, known=known)
    supply = find_supply(workspace, actor, on=on, known=known, policy=policy)
    areas = in_force(own_table(workspace, actor, "areas", known=known), on).reset_index(drop=True)
    by_mode: dict[Mode, ModeAccess] = {}
    for mode in MODES:
        ways = find_ways(
            workspace, actor, demand, supply.sites, mode=mode, cut=policy.farthest_minutes, on=on, known=known,
            imported=policy.imported_times == mode,
        )  # fmt: skip
        cells = measure_access(demand, supply.sites, ways.times, policy=policy)
        joined = pd.DataFrame(demand.drop(columns="geometry")).join(cells)
        by_mode[mode] = ModeAccess(ways, cells, sum_by_area(joined, areas, policy.limits_minutes))
    return Access(visible(areas, actor.role, table="areas"), demand, supply, by_mode, policy, on, known)

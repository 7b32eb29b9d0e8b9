"""What each command asks of the services, as a call that any actor may make."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from gis.analysis.sweeps.problem import Place, Team
from gis.errors import NotAllowed, NotFound, SignInNeeded, WanggeError
from gis.roles import SYSTEM, Actor
from gis.services import audit, exports, outreach
from gis.services.accounts import manage as accounts
from gis.services.areas import changes, maps, responsibility
from gis.services.areas import read as areas
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns.plan import CampaignPlan, make_plan
from gis.services.care import access_table, access_view, demand, demand_table, national, national_crew, site_table
from gis.services.cases import records as cases
from gis.services.imports import run as imports
from gis.services.inspections import checklists, findings, oversight
from gis.services.selection import cluster_table, clusters, draws, draws_view, ranking
from gis.services.sweeps import progress as sweep_progress
from gis.services.sweeps import view as sweep_view
from gis.services.sweeps.document import Sweep
from gis.services.sweeps.map import sweep_map
from gis.services.sweeps.plan import Change, SweepWish, plan_sweep, replan_sweep
from gis.services.sweeps.sources import Wish
from gis.services.sweeps.teams import Teams
from gis.services.travel import roads
from gis.services.travel import times as travel
from gis.services.workspace import Workspace
from tests.unit.road_town import BLOCK, block, write_osm

Codes = dict[str, str]
Call = Callable[[Workspace, Actor, Codes, Path], object]
FILES: Final = Path(__file__).parents[2] / "data" / "towns" / "tiny"
DEMO_CELLS: Final = demand_table.Files(population=FILES.parent / "demo" / "population.csv")


def outcome(call: Call, workspace: Workspace, actor: Actor, codes: Codes, folder: Path) -> str:
    """What came of a call, in a word."""
    try:
        call(workspace, actor, codes, folder)
    except SignInNeeded:
        return "sign-in"
    except NotAllowed:
        return "not-allowed"
    except NotFound:
        return "not-found"
    except WanggeError as error:
        return type(error).__name__
    return "ok"


def _series(workspace: Workspace, actor: Actor, _codes: Codes, folder: Path) -> object:
    file = folder / "values.csv"
    file.write_text("area_code,value\n", encoding="utf-8")
    return changes.convert_table(workspace, actor, file, start=date(2025, 1, 1), end=date(2026, 1, 1))


def _split(workspace: Workspace, actor: Actor, codes: Codes, folder: Path) -> object:
    """A new name for an area under a new code: the smallest change there is."""
    file = folder / "change.csv"
    shape = areas.get_area(workspace, SYSTEM, codes["area"]).area
    row = shape.iloc[0]
    file.write_text(
        f"code,name,level,parent_code,old_code,geometry\n{row['code']}9,新,{row['level']},{row['parent_code']},"
        f'{row["code"]},"{row["geometry"].wkt}"\n',
        encoding="utf-8",
    )
    return changes.change_areas(workspace, actor, "recode", file, dry_run=True)


def _undo(workspace: Workspace, actor: Actor, _codes: Codes, _folder: Path) -> object:
    return changes.undo_change(workspace, actor, 999)


def _plan(codes: Codes) -> CampaignPlan:
    """A campaign of one target."""
    days = {"launch_on": "2026-01-01", "action_on": "2026-02-01", "acceptance_on": "2026-03-01"}
    target = {"area": codes["area"], "measure": "sessions", "target": 1}
    return make_plan(
        {"code": str(uuid4()), "name": "行动", **days, "ends_on": "2026-04-01", "targets": [target]}, source="test"
    )


def _at_home(workspace: Workspace, folder: Path, ask: Callable[[Workspace], object]) -> object:
    """The same with a home of its own, where roads may be taken into use."""
    elsewhere = Workspace(workspace.settings.model_copy(update={"home": folder}))
    try:
        return ask(elsewhere)
    finally:
        elsewhere.close()


def _use_roads(workspace: Workspace, actor: Actor, _codes: Codes, folder: Path) -> object:
    extract = write_osm(folder / "town.osm", BLOCK, block())
    return _at_home(workspace, folder, lambda w: roads.use_roads(w, actor, extract, partial=True))


def _times(workspace: Workspace, actor: Actor, codes: Codes, folder: Path) -> object:
    code, home = codes["facility"], folder / "none"
    return _at_home(workspace, home, lambda w: travel.tabulate_times(w, actor, code, code, mode="walk"))


def _table(folder: Path) -> Path:
    """A table of areas to scan."""
    file = folder / "clusters.csv"
    file.write_text("area,x,y,cases,population\na,0,0,3,9\nb,1,0,0,9\nc,2,0,0,9\n", encoding="utf-8")
    return file


def _candidates(folder: Path) -> site_table.Files:
    """Demand, candidates and times."""
    files = site_table.Files(folder / "cells.csv", folder / "candidates.csv", folder / "ways.csv")
    files.demand.write_text("cell,demand\na,1\n", encoding="utf-8")
    files.candidates.write_text("site\ns\n", encoding="utf-8")
    files.times.write_text("origin,destination,minutes\na,s,1\n", encoding="utf-8")
    return files


def _three(folder: Path) -> access_table.Files:
    """Demand, supply and times."""
    files = access_table.Files(folder / "demand.csv", folder / "supply.csv", folder / "times.csv")
    files.demand.write_text("cell,demand\na,1\n", encoding="utf-8")
    files.supply.write_text("site,capacity\ns,1\n", encoding="utf-8")
    files.times.write_text("origin,destination,minutes\na,s,1\n", encoding="utf-8")
    return files


def _national(actor: Actor, folder: Path) -> object:
    asked = access_table.Asked()
    job = national.make_job(folder / "demand", folder / "supply.parquet", folder / "times", folder / "out", asked)
    return national.national_access(actor, job, national_crew.Alone())


def _draw(workspace: Workspace, actor: Actor, _codes: Codes, folder: Path) -> object:
    file = folder / "inspectors.csv"
    file.write_text("officer_code\nL01\nL02\n", encoding="utf-8")
    people = draws.read_inspector_file(file)
    wish = draws.Wish(date(2026, 5, 1), 1)
    return draws.draw_at_once(workspace, actor, wish, seed="seed", inspectors=people, id=str(uuid4()))


def _commit(workspace: Workspace, actor: Actor, _codes: Codes, _folder: Path) -> object:
    return draws.commit_draw(workspace, actor, draws.Wish(date(2026, 5, 1), 1), seed="seed", id=str(uuid4()))


def _account(workspace: Workspace, actor: Actor, _codes: Codes, _folder: Path) -> object:
    """Every command about accounts begins with one of these."""
    accounts.list_accounts(workspace, actor)
    name = str(uuid4())
    number = accounts.add_account(workspace, actor, name, role="admin", officer_code=None, password="0123456789")
    accounts.make_token(workspace, actor, number, days=1, scope="read")
    accounts.set_password(workspace, actor, number, "9876543210")
    accounts.link_subject(workspace, actor, number, str(uuid4()), issuer="https://provider.example")
    accounts.disable(workspace, actor, number)
    accounts.enable(workspace, actor, number)
    return number


_LATER: Final = Change(datetime(2026, 5, 11, 9))  # noqa: DTZ001 - the time of the place


def _sweep(workspace: Workspace, actor: Actor, codes: Codes) -> Sweep:
    """One team that must visit one facility."""
    place = Place("start", 120.0, 28.0)
    team = Team("T", ("L10", "L11"), place, place, 510, 1050)
    wishes = (Wish(codes["facility"], "must", 0, "test"),)
    day = date(2026, 5, 11)
    return plan_sweep(workspace, actor, SweepWish(Teams((team,), True), day, 1, 1.0, "seed", wishes, turns=1))


CALLS: Final = MappingProxyType[str, Call](
    {
        "who": lambda w, a, c, _f: responsibility.who(w, a, c["area"]),
        "areas": lambda w, a, _c, _f: areas.list_areas(w, a),
        "history": lambda w, a, c, _f: areas.history(w, a, c["area"]),
        "gaps": lambda w, a, _c, _f: responsibility.gaps(w, a),
        "list findings": lambda w, a, _c, _f: findings.list_findings(w, a),
        "list tasks": lambda w, a, _c, _f: findings.list_tasks(w, a),
        "inspection gaps": lambda w, a, _c, _f: oversight.inspection_gaps(w, a),
        "inspection map": lambda w, a, _c, _f: maps.inspection_data(w, a),
        "access table": lambda _w, a, _c, f: access_table.access_files(a, _three(f), access_table.Asked()),
        "demand table": lambda _w, a, _c, _f: demand_table.model_files(a, DEMO_CELLS, levels=("district", "street")),
        "demand reported": lambda w, a, _c, _f: demand.stored_reports(w, a),
        "national access": lambda _w, a, _c, f: _national(a, f),
        "cluster table": lambda _w, a, _c, f: cluster_table.scan_file(a, _table(f), cluster_table.Asked(replicates=9)),
        "site table": lambda _w, a, _c, f: site_table.site_files(a, _candidates(f), site_table.Asked("pmedian", p=1)),
        "clusters": lambda w, a, _c, _f: clusters.cluster_findings(w, a, clusters.ask()),
        "cluster map": lambda w, a, _c, _f: clusters.cluster_data(w, a, clusters.ask()),
        "outreach gaps": lambda w, a, _c, _f: outreach.outreach_gaps(w, a),
        "map": lambda w, a, c, _f: maps.responsibility_data(w, a, area=c["area"]),
        "outreach map": lambda w, a, _c, _f: maps.outreach_data(w, a),
        "export": lambda w, a, _c, f: exports.export_table(w, a, "officers", f / "officers.csv"),
        "import": lambda w, a, _c, _f: imports.import_file(w, a, "officers", FILES / "officers.csv", dry_run=True),
        "grid": lambda w, a, c, _f: changes.make_grid(w, a, c["area"], cell_m=500, dry_run=True),
        "change": _split,
        "undo": _undo,
        "series": _series,
        "audit": lambda w, a, _c, _f: audit.verify(w, a),
        "accounts": _account,
        "campaigns": lambda w, a, _c, _f: campaigns.list_campaigns(w, a),
        "campaign": lambda w, a, c, _f: campaigns.get_campaign(w, a, c["campaign"]),
        "campaign report": lambda w, a, c, _f: campaigns.report_campaign(w, a, c["campaign"]),
        "cases": lambda w, a, _c, _f: cases.list_cases(w, a),
        "case": lambda w, a, c, _f: cases.read_case(w, a, c["case"]),
        "campaign add": lambda w, a, c, _f: campaigns.create_campaign(w, a, _plan(c)),
        "campaign accept": lambda w, a, c, _f: campaigns.accept_campaign(w, a, c["campaign"]),
        "checklists": lambda w, a, _c, _f: checklists.list_checklists(w, a),
        "checklist": lambda w, a, _c, _f: checklists.get_checklist(w, a, "clinic"),
        "rank": lambda w, a, _c, _f: ranking.rank(w, a),
        "rank report": lambda w, a, _c, _f: ranking.rank_report(w, a),
        "roads": lambda w, a, _c, f: _at_home(w, f / "none", lambda own: roads.roads_status(own, a)),
        "roads use": _use_roads,
        "times": _times,
        "sweep": lambda w, a, c, _f: _sweep(w, a, c),
        "sweep map": lambda w, a, c, _f: sweep_map(w, a, _sweep(w, SYSTEM, c)),
        "sweep again": lambda w, a, c, _f: replan_sweep(w, a, _sweep(w, SYSTEM, c), _LATER, seconds=1, turns=1),
        "checklist check": lambda w, a, _c, _f: checklists.check_checklists(w, a),
        "draw": _draw,
        "draw commit": _commit,
        "access gaps": lambda w, a, _c, _f: access_view.access_gaps(w, a),
        "access map": lambda w, a, _c, _f: access_view.access_data(w, a),
        "draws": lambda w, a, _c, _f: draws_view.list_draws(w, a),
        "sweeps": lambda w, a, _c, _f: sweep_view.list_sweeps(w, a),
        "sweep report": lambda w, a, c, _f: sweep_progress.sweep_report(w, a, c["sweep"]),
    }
)

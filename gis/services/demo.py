"""The invented demo district, loaded through the same door as any other file."""

from datetime import date
from types import MappingProxyType
from typing import Final

from gis.errors import DataRejected
from gis.roles import Actor
from gis.services.areas.changes import change_areas
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns.plan import read_plan
from gis.services.imports.run import Progress, import_file
from gis.services.workspace import Workspace
from gis.settings import DATA
from gis.store import read
from gis.texts import _

FOLDER = DATA / "towns" / "demo"
CARE = ("population.csv", "births.csv")
"""Files that a district loaded by an older version lacks."""
FILES = (
    "areas.geojson",
    "officers.csv",
    "facilities.csv",
    "assignments.csv",
    "licences.csv",
    "equipment.csv",
    "operators.csv",
    "outreach.csv",
    "inspections.csv",
    *CARE,
)
EVENTS = ("outreach.csv", "inspections.csv")
"""Files with days up to 2026-11: where the clock is behind, what is still to come is left out."""
DISTRICT = "990102"
LAST_STORED = "990102100206024"
"""An area that only the merge makes: with it the load was complete."""
MERGED_ON = date(2026, 3, 1)
"""The day of the merge, as the README of the district tells it."""

OFFICE: Final = MappingProxyType({"WANGGE_OFFICE_NAME": "云溪区卫生健康局", "WANGGE_OFFICE_PHONE": "0000-8800000"})
"""The invented office that the public of the district may call."""


def holds_demo(workspace: Workspace) -> bool:
    """Whether the database holds the whole demo district."""
    with workspace.owner_transaction() as connection:
        return {DISTRICT, LAST_STORED} <= set(read.read_codes(connection, "areas"))


def load_demo(workspace: Workspace, actor: Actor, *, progress: Progress = lambda _step: None) -> bool:
    """Loads the district where the database holds no area yet, or a load was interrupted; whether it did."""
    progress(_("Starting the database"))
    with workspace.owner_transaction() as connection:
        stored = set(read.read_codes(connection, "areas"))
    if {DISTRICT, LAST_STORED} <= stored:
        complete_demo(workspace, actor, progress=progress)
        return False
    if stored and DISTRICT not in stored:
        return False
    for name in FILES:
        _import(workspace, actor, name, progress)
    plan = read_plan(FOLDER / "campaign.toml")
    if all(known["code"] != plan.code for known in campaigns.list_campaigns(workspace, actor)):
        campaigns.create_campaign(workspace, actor, plan)
    progress(_("Merging areas"))
    change_areas(workspace, actor, "merge", FOLDER / "changes" / "merge.geojson", on=MERGED_ON)
    return True


def complete_demo(workspace: Workspace, actor: Actor, *, progress: Progress = lambda _step: None) -> None:
    """Brings in what a whole demo district of an older version lacks, table by table where one is empty."""
    for name in CARE:
        with workspace.owner_transaction() as connection:
            empty = not read.count_table(connection, name.split(".")[0], on=None, known=None)
        if empty:
            _import(workspace, actor, name, progress)


def _import(workspace: Workspace, actor: Actor, name: str, progress: Progress) -> None:
    """One file of the district; what it holds is known to be good, so a refusal is an error."""
    kind = name.split(".", maxsplit=1)[0]
    result = import_file(workspace, actor, kind, FOLDER / name, partial=name in EVENTS, progress=progress)
    if result.outcome != "written":
        why = next(p.message for p in result.report.problems if p.severity == "error")
        raise DataRejected(f"{FOLDER / name}: {why}")

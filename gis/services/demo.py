"""The invented demo district, loaded through the same door as any other file."""

from datetime import date

from gis.errors import DataRejected
from gis.roles import Actor
from gis.services.changes import change_areas
from gis.services.imports import Progress, import_file
from gis.services.workspace import Workspace
from gis.settings import DATA
from gis.store import read
from gis.texts import _

FOLDER = DATA / "towns" / "demo"
FILES = (
    "areas.geojson",
    "officers.csv",
    "facilities.csv",
    "assignments.csv",
    "licences.csv",
    "equipment.csv",
    "operators.csv",
)
DISTRICT = "990102"
LAST_STORED = "990102100206024"
"""An area that only the merge makes: with it the load was complete."""
MERGED_ON = date(2026, 3, 1)
"""The day of the merge, as the README of the district tells it."""


def load_demo(workspace: Workspace, actor: Actor, *, progress: Progress = lambda _step: None) -> bool:
    """Loads the district where the database holds no area yet, or a load was interrupted; whether it did."""
    progress(_("Starting the database"))
    with workspace.transaction() as connection:
        stored = set(read.read_codes(connection, "areas"))
    if stored and (DISTRICT not in stored or LAST_STORED in stored):
        return False
    for name in FILES:
        result = import_file(workspace, actor, name.split(".")[0], FOLDER / name, progress=progress)
        if result.outcome != "written":
            why = next(p.message for p in result.report.problems if p.severity == "error")
            raise DataRejected(f"{FOLDER / name}: {why}")
    progress(_("Merging areas"))
    change_areas(workspace, actor, "merge", FOLDER / "changes" / "merge.geojson", on=MERGED_ON)
    return True

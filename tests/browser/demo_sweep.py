"""A sweep of the demo district that is published: five facilities of one street, one team, from today on."""

from uuid import uuid4

import sqlalchemy as sa

from gis.analysis.sweeps.problem import Place, Team
from gis.roles import Actor
from gis.services.sweeps.published import publish_sweep
from gis.services.workspace import Workspace
from gis.texts import use_language
from tests.store.sweeping import make_plan

OFFICE = Place("卫健局", 120.36, 28.60)
PEOPLE = ("O007", "O017")
"""An inspector of street 990102002, and one of a village in it."""


def add_sweep(engine: sa.Engine, workspace: Workspace, leader: Actor) -> str:
    """Number of the sweep."""
    query = "SELECT code FROM facility WHERE area_code LIKE '990102002%' AND upper_inf(valid) ORDER BY code LIMIT 5"
    with engine.connect() as connection:
        codes = list(connection.execute(sa.text(query)).scalars())
    team = Team("甲", PEOPLE, OFFICE, OFFICE, 1, 1439, skills=frozenset({"ultrasound"}))
    number = str(uuid4())
    with use_language("zh"):
        plan = make_plan(workspace, leader, codes, teams=[team])
        publish_sweep(workspace, leader, plan, id=number, title="超声专项检查")
    return number

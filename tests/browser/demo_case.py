"""A case of the demo district that waits for the reply of its facility, with the link for it."""

from uuid import uuid4

import sqlalchemy as sa

from gis.roles import Actor
from gis.services.cases.records import open_case
from gis.services.cases.reply import make_link
from gis.services.cases.steps import take_step
from gis.services.workspace import Workspace
from gis.texts import use_language
from tests.case_rows import insert_finding

FACILITY = "F0003"
"""In a village of street 990102002, whose officer is O017."""


def add_case(
    engine: sa.Engine, workspace: Workspace, inspector: Actor, reviewer: Actor, leader: Actor
) -> tuple[str, str]:
    """Number of the case, and the token of its link."""
    with engine.begin() as connection:
        found = insert_finding(connection, FACILITY, severity="critical", note="一台超声诊断仪未登记")
        insert_finding(connection, FACILITY, note="许可证已过有效期")
    number = str(uuid4())
    with use_language("zh"):
        open_case(workspace, inspector, id=number, findings=[found], reviewer=reviewer.name, decider=leader.name)
        texts = {"note": "设备未登记。", "basis": "《医疗机构管理条例》", "proposed": "责令改正"}
        take_step(workspace, inspector, number, "noticed", number=1, fields=texts)
        return number, make_link(workspace, inspector, number)[0]

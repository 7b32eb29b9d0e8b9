"""Campaigns, their targets and their acceptance: rows are added and never changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from gis.errors import DataRejected
from gis.store.moments import next_moment
from gis.texts import _

_SEEN = "t.campaign_code = c.code AND (NOT :mine OR t.area_code IN (SELECT wangge_scope()))"


def add_campaign(
    connection: Connection,
    row: Mapping[str, Any],
    targets: Iterable[Mapping[str, Any]],
    *,
    by: str,
    now: datetime,
) -> None:
    """Stores a campaign (code, name, launch_on, action_on, acceptance_on, ends_on) with its targets.

    A target has area, measure, target. Raises DataRejected where the code is taken, be it by a campaign that the
    account does not see.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                text("""
                INSERT INTO campaign
                    (code, name, launch_on, action_on, acceptance_on, ends_on, created_by, created_at)
                VALUES (:code, :name, :launch_on, :action_on, :acceptance_on, :ends_on, :by, :now)"""),
                {**row, "by": by, "now": now},
            )
    except IntegrityError as error:
        raise DataRejected(_("The code {code} is taken by another campaign.", code=row["code"])) from error
    connection.execute(
        text("""
        INSERT INTO campaign_target (campaign_code, area_code, measure, target)
        VALUES (:campaign, :area, :measure, :target)"""),
        [{**target, "campaign": row["code"]} for target in targets],
    )


def add_acceptance(connection: Connection, code: str, *, by: str, now: datetime, remark: str | None) -> datetime:
    """Stores that a campaign was accepted; the moment of it, after everything that is recorded so far.

    Raises DataRejected where it was accepted before.
    """
    moment = next_moment(connection, now)
    try:
        with connection.begin_nested():
            connection.execute(
                text("""
                INSERT INTO campaign_acceptance (campaign_code, accepted_by, accepted_at, remark)
                VALUES (:code, :by, :now, :remark)"""),
                {"code": code, "by": by, "now": moment, "remark": remark},
            )
    except IntegrityError as error:
        raise DataRejected(_("The campaign {code} was accepted before.", code=code)) from error
    return moment


def list_campaigns(connection: Connection, *, code: str | None = None, mine: bool = False) -> list[dict[str, Any]]:
    """Campaigns with a target that is seen, the latest launch first; with `code` that one only, or none.

    Each has code, name, the four days, created_by, created_at, accepted_at, remark, and `targets`, how many are seen.
    """
    rows = connection.execute(
        text(f"""
        SELECT c.code, c.name, c.launch_on, c.action_on, c.acceptance_on, c.ends_on, c.created_by, c.created_at,
               a.accepted_at, a.remark, seen.targets
        FROM campaign c LEFT JOIN campaign_acceptance a ON a.campaign_code = c.code
        CROSS JOIN LATERAL (SELECT count(*) AS targets FROM campaign_target t WHERE {_SEEN}) seen
        WHERE seen.targets > 0 AND (CAST(:code AS text) IS NULL OR c.code = :code)
        ORDER BY c.launch_on DESC, c.code"""),
        {"code": code, "mine": mine},
    )
    return [dict(row._mapping) for row in rows]


def read_targets(connection: Connection, code: str, *, mine: bool = False) -> pd.DataFrame:
    """The targets that are seen: area, measure (str), target (int64), by area and measure, RangeIndex."""
    rows = connection.execute(
        text(f"""
        SELECT t.area_code AS area, t.measure, t.target FROM campaign_target t JOIN campaign c ON {_SEEN}
        WHERE c.code = :code ORDER BY 1, 2"""),
        {"code": code, "mine": mine},
    ).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=["area", "measure", "target"], dtype=object)
    return frame.astype({"area": "str", "measure": "str", "target": "int64"})

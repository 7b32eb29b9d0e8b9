"""Recording one event at a time, as a form brings it; files come through `gis.store.write`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.errors import DataRejected
from gis.store.moments import next_moment
from gis.texts import _

_FIELDS: Final = ("area_code", "held_on", "kind", "reach")


def add_session(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """Records a session of outreach (`code`, area_code, held_on, kind, reach); False where it is recorded already.

    Its period begins on the day it was held. Raises DataRejected where the code is taken by another session, be it one
    that the account does not see.
    """
    moment = next_moment(connection, now if now.tzinfo else now.replace(tzinfo=UTC), kind="outreach")
    stored = find_session(connection, row["code"])
    if stored is not None and all(stored[name] == row[name] for name in _FIELDS):
        return False
    if stored is None:
        added = connection.execute(
            text("""
            INSERT INTO outreach (code, area_code, held_on, kind, reach, valid, recorded)
            VALUES (:code, :area_code, :held_on, :kind, :reach, daterange(:held_on, NULL), tstzrange(:moment, NULL))
            ON CONFLICT DO NOTHING"""),
            {**{name: row[name] for name in ("code", *_FIELDS)}, "moment": moment},
        )
        if added.rowcount == 1:
            return True
    raise DataRejected(_("The number {code} is taken by another session. Nothing was recorded.", code=row["code"]))


def find_session(connection: Connection, code: str) -> dict[str, Any] | None:
    """The session of a code as it is known now, with `recorded`, its moment; None where none is seen."""
    found = connection.execute(
        text("""
        SELECT code, area_code, held_on, kind, reach, lower(recorded) AS recorded FROM outreach
        WHERE code = :code AND upper_inf(recorded)"""),
        {"code": code},
    ).one_or_none()
    return None if found is None else dict(found._mapping)

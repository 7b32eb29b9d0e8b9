"""Recording a change of areas: what ends, what begins, and the crosswalk, under one number.

Every version that ends on the day is closed and recorded again up to that day; every version that begins is recorded
from its day on. Both carry the number of the change, which is how an import knows later that a change made them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.errors import DataRejected
from gis.store.assertion import close_cut, run, stage
from gis.store.copying import copy_in
from gis.store.moments import next_moment
from gis.store.naming import PERIOD, Names, listed, names_of
from gis.tables import AreaChange
from gis.texts import _

_CROSSWALK: Final = ("old_code", "new_code", "area_m2", "weight_area", "weight_dwellings")


def apply_change(connection: Connection, change: AreaChange, *, now: datetime) -> int:
    """Records the whole change and returns its number.

    Raises DataRejected where the store no longer holds what the change ends, or where a code would be taken twice.
    """
    moment = next_moment(connection, now if now.tzinfo else now.replace(tzinfo=UTC))
    number = _insert_change(connection, change, moment)
    values = {"moment": moment, "change_id": number, "on": change.on}
    areas, assignments, facilities = (names_of(kind) for kind in ("areas", "assignments", "facilities"))
    _end_on_day(connection, areas, pd.concat([change.before, change.reparented]), values)
    _begin(connection, areas, change.after, values)
    _begin(connection, areas, change.reparented, values)
    _end_as_they_stand(connection, assignments, change.ended, values)
    _begin(connection, assignments, change.begun, values)
    _claim(connection, facilities, change.facilities, values)
    return number


def _insert_change(connection: Connection, change: AreaChange, moment: datetime) -> int:
    number = connection.execute(
        text("""
        INSERT INTO area_change (kind, changed_on, undoes, note, recorded)
        VALUES (:kind, :on, :undoes, :note, :moment) RETURNING id"""),
        {"kind": change.kind, "on": change.on, "undoes": change.undoes, "note": change.note, "moment": moment},
    ).scalar_one()
    _add_parts(connection, change.crosswalk[list(_CROSSWALK)].assign(change_id=number))
    return int(number)


def _add_parts(connection: Connection, parts: pd.DataFrame) -> None:
    """By way of a temporary table: a table with policies takes no COPY."""
    columns = listed(("change_id", *_CROSSWALK))
    run(connection, "DROP TABLE IF EXISTS pg_temp.parts")
    run(connection, f"CREATE TEMP TABLE parts ON COMMIT DROP AS SELECT {columns} FROM area_change_part LIMIT 0")
    copy_in(connection, "parts", parts)
    run(connection, f"INSERT INTO area_change_part ({columns}) SELECT {columns} FROM parts")


def _end_on_day(connection: Connection, names: Names, frame: gpd.GeoDataFrame, values: Mapping[str, Any]) -> None:
    """Ends the versions of these codes that are in force on the day."""
    _stage_rows(connection, names, frame)
    _find(connection, names, "s.valid @> CAST(:on AS date)", on=values["on"])
    _refuse_missing(connection, names, values["on"])
    _end_found(connection, names, values)


def _end_as_they_stand(connection: Connection, names: Names, frame: pd.DataFrame, values: Mapping[str, Any]) -> None:
    """Ends exactly these versions; one that would begin on the day or later never comes into force."""
    _stage_rows(connection, names, frame)
    _find(connection, names, "lower(s.valid) IS NOT DISTINCT FROM lower(i.valid)")
    _refuse_missing(connection, names, values["on"])
    _end_found(connection, names, values)


def _stage_rows(connection: Connection, names: Names, frame: pd.DataFrame) -> None:
    stage(connection, names)
    copy_in(connection, "incoming", frame[[*names.columns, *PERIOD]])


def _find(connection: Connection, names: Names, condition: str, **values: object) -> None:
    """`cuts`: the ids of the current versions that the staged rows mean."""
    run(connection, "DROP TABLE IF EXISTS pg_temp.cuts")
    run(
        connection,
        f"""
        CREATE TEMP TABLE cuts ON COMMIT DROP AS SELECT i.row, s.id FROM incoming i
        JOIN {names.table} s ON upper_inf(s.recorded) AND {names.match("s", "i")} AND {condition}""",
        **values,
    )


def _refuse_missing(connection: Connection, names: Names, on: date) -> None:
    missing = connection.execute(
        text(f"SELECT {listed(names.key)} FROM incoming WHERE row NOT IN (SELECT row FROM cuts) ORDER BY row")
    ).all()
    if missing:
        keys: Sequence[str] = [" ".join(row) for row in missing]
        raise DataRejected(
            _("{keys}: no longer stored as the change of {day} found it. Plan it again.", keys=", ".join(keys), day=on),
            details={"keys": list(keys)},
        )


def _end_found(connection: Connection, names: Names, values: Mapping[str, Any]) -> None:
    """Closes the versions in `cuts` and records again what lies before the day.

    They are kept aside first: a policy may hide a version once it is closed.
    """
    run(connection, "DROP TABLE IF EXISTS pg_temp.ending")
    run(
        connection,
        f"""
        CREATE TEMP TABLE ending ON COMMIT DROP AS SELECT {listed(names.columns)}, valid, import_id
        FROM {names.table} WHERE id IN (SELECT id FROM cuts)""",
    )
    close_cut(connection, names, moment=values["moment"])
    run(
        connection,
        f"""
        INSERT INTO {names.table} ({listed(names.columns)}, valid, recorded, import_id, change_id)
        SELECT {listed(names.columns)}, valid * daterange(NULL, :on), tstzrange(:moment, NULL), import_id, :change_id
        FROM ending WHERE NOT isempty(valid * daterange(NULL, :on))""",
        **values,
    )


def _begin(connection: Connection, names: Names, frame: pd.DataFrame, values: Mapping[str, Any]) -> None:
    """Records the versions of the frame as they are."""
    _stage_rows(connection, names, frame)
    _refuse_taken(connection, names)
    run(
        connection,
        f"""
        INSERT INTO {names.table} ({listed(names.columns)}, valid, recorded, change_id)
        SELECT {listed(names.columns)}, valid, tstzrange(:moment, NULL), :change_id FROM incoming ORDER BY row""",
        moment=values["moment"],
        change_id=values["change_id"],
    )


def _refuse_taken(connection: Connection, names: Names) -> None:
    """No code in force begins anew, and no target with a declared primary gets another one."""
    clash = names.match("s", "i")
    if names.kind == "assignments":
        both = ("s.target_kind = i.target_kind", "s.target_code = i.target_code", "s.role = 'primary'", "NOT s.carried")
        clash = f"(({clash}) OR ({' AND '.join(both)} AND i.role = 'primary' AND NOT i.carried))"
    taken = connection.execute(
        text(f"""
        SELECT DISTINCT {listed(names.key, "s")} FROM incoming i
        JOIN {names.table} s ON upper_inf(s.recorded) AND s.valid && i.valid AND {clash}
        ORDER BY {listed(names.key, "s")}""")
    ).all()
    if taken:
        keys = [" ".join(row) for row in taken]
        raise DataRejected(
            _("The change would begin what is in force already: {keys}.", keys=", ".join(keys)), details={"keys": keys}
        )


def _claim(connection: Connection, names: Names, claims: pd.DataFrame, values: Mapping[str, Any]) -> None:
    """Facilities claim another area from the day on; a version that begins later claims it from its beginning."""
    run(connection, "DROP TABLE IF EXISTS pg_temp.claims")
    run(connection, "CREATE TEMP TABLE claims (code text, area_code text) ON COMMIT DROP")
    copy_in(connection, "claims", claims[["code", "area_code"]])
    run(connection, "DROP TABLE IF EXISTS pg_temp.cuts")
    run(
        connection,
        """
        CREATE TEMP TABLE cuts ON COMMIT DROP AS SELECT s.id FROM facility s JOIN claims USING (code)
        WHERE upper_inf(s.recorded) AND s.valid && daterange(:on, NULL)
          AND s.area_code IN (SELECT old_code FROM area_change_part WHERE change_id = :change_id)""",
        on=values["on"],
        change_id=values["change_id"],
    )
    kept = [c for c in names.columns if c != "area_code"]
    run(connection, "DROP TABLE IF EXISTS pg_temp.claiming")
    run(
        connection,
        f"""
        CREATE TEMP TABLE claiming ON COMMIT DROP AS SELECT {listed(kept, "s")}, claims.area_code, s.valid, s.import_id
        FROM facility s JOIN cuts USING (id) JOIN claims ON claims.code = s.code""",
    )
    _end_found(connection, names, values)
    run(
        connection,
        f"""
        INSERT INTO facility ({listed(kept)}, area_code, valid, recorded, import_id, change_id)
        SELECT {listed(kept)}, area_code, valid * daterange(:on, NULL), tstzrange(:moment, NULL), import_id, :change_id
        FROM claiming""",
        **values,
    )

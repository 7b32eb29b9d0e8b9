"""The application's own role, and what it may do: read and add rows where a policy lets it, and little else.

The role owns nothing and policies bind it. It comes in over its own address in the private cluster; on a database of
the user's own the connection takes the role at its start, or comes from an address of its own (see the settings).
"""

from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from gis.errors import DatabaseUnreachable
from gis.texts import _

ROLE: Final = "wangge_app"

READ: Final = (
    *("area", "officer", "assignment", "facility", "licence", "equipment", "operator", "outreach", "inspection"),
    *("import_run", "area_change", "area_change_part", "correction", "correction_decision", "correction_now"),
    *("campaign", "campaign_target", "campaign_acceptance", "spatial_ref_sys"),
    *("inspection_plan", "inspection_plan_end", "inspection_record", "inspection_head", "inspection_photo", "photo"),
    *("finding", "finding_event", "finding_now"),
    *("facility_case", "case_finding", "case_event", "case_now", "case_document", "case_reply_link", "case_reply"),
    *("draw_commitment", "draw_freeze", "draw_reveal", "draw_file", "draw_facility"),
    *("population", "area_births", "travel_time"),
)
ADD: Final = (
    *("area", "assignment", "facility", "outreach", "area_change", "area_change_part"),
    *("correction", "correction_decision", "campaign", "campaign_target", "campaign_acceptance"),
    *("inspection", "inspection_plan", "inspection_plan_end", "inspection_record", "inspection_photo", "photo"),
    *("finding", "finding_event"),
    *("facility_case", "case_finding", "case_event", "case_document", "case_reply_link", "case_reply"),
    *("draw_commitment", "draw_nonce", "draw_freeze", "draw_reveal", "draw_file", "draw_facility"),
)
END: Final = ("area", "assignment", "facility", "outreach", "inspection")
"""Tables whose rows may be ended: their `recorded` may be set, which the trigger allows once."""


def apply(connection: Connection) -> None:
    """Gives the role exactly these rights; safe to run again. Raises DatabaseUnreachable where the role is missing."""
    if not connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).scalar():
        _create(connection)
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
        f"GRANT SELECT ON {', '.join(READ)} TO {ROLE}",
        f"GRANT INSERT ON {', '.join(ADD)} TO {ROLE}",
        *(f"GRANT UPDATE (recorded) ON {table} TO {ROLE}" for table in END),
    ):
        connection.exec_driver_sql(statement)


def _create(connection: Connection) -> None:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN")
            connection.exec_driver_sql(f"GRANT {ROLE} TO CURRENT_USER")
    except ProgrammingError as error:
        raise DatabaseUnreachable(
            _(
                "The database has no role {role} for the application. Let an administrator run: "
                "CREATE ROLE {role} LOGIN; GRANT {role} TO {owner};",
                role=ROLE,
                owner=connection.engine.url.username,
            )
        ) from error

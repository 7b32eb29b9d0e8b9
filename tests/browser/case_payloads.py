"""Cases in which every text is an attack, and the links of those that wait for a reply."""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import text

from gis.roles import Actor
from gis.services.accounts.sessions import hash_token
from tests.case_rows import insert_case, insert_finding

CASE: Final = "00000000-0000-4000-8000-0000000c{:04d}"
FINDING: Final = "00000000-0000-4000-8000-0000000f{:04d}"
KEY: Final = b"a key of the tests, 32 bytes long"


def add_cases(connection: sa.Connection, texts: tuple[str, ...], actors: Mapping[str, Actor]) -> None:
    """A case against each facility, that the inspector opened and the leader decides, and a free finding of each."""
    people = (actors["inspector"].name, actors["grid officer"].name, actors["leader"].name)
    connection.execute(text("ALTER TABLE facility_case DISABLE TRIGGER people"))
    connection.execute(text("INSERT INTO signing_key (key, made_at) VALUES (:key, now())"), {"key": KEY})
    for number, payload in enumerate(texts):
        found, case = insert_finding(connection, f"F{number}", note=payload, item=payload), CASE.format(number)
        insert_finding(connection, f"F{number}", finding=FINDING.format(number), note=payload, item=payload)
        insert_case(connection, case, f"F{number}", people, found, note=payload)
        values = {"case": case, "by": people[0], "text": payload, "hash": hash_token(reply_token(number))}
        for statement in NOTICED if number % 2 == 0 else (*NOTICED, *REPLIED):
            connection.execute(text(statement), values)
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    connection.execute(text("ALTER TABLE facility_case ENABLE TRIGGER people"))


NOTICED: Final = (
    """INSERT INTO case_event (case_id, number, state, done_by, done_at, note, clock, due_on, details)
       VALUES (:case, 2, 'noticed', :by, now(), :text, 'reply', current_date + 9,
               jsonb_build_object('basis', CAST(:text AS text), 'proposed', CAST(:text AS text)))""",
    "INSERT INTO case_reply_link VALUES (:hash, :case, now() + interval '9 days', :by, now())",
)
REPLIED: Final = (
    "INSERT INTO case_reply VALUES (:case, :hash, :text, :text, NULL, now())",
    """INSERT INTO case_event (case_id, number, state, done_by, done_at, details)
       VALUES (:case, 3, 'replied', :text, now(), '{"channel": "link"}')""",
)


def reply_token(number: int) -> str:
    """The token of a case's link."""
    return jwt.encode({"alg": "HS256"}, {"case": CASE.format(number), "exp": 4_000_000_000}, OctKey.import_key(KEY))

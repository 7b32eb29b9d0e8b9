"""Texts that would run a script in a page that does not escape them, and a district in which every text is one of them.

Each calls `fired(number)`, which a page of the test listens for. Ways in: an element, an attribute with either quote,
the end of a script, of a style, of a text box and of a title, an address, a template of the server or of a script, a
text that is unescaped once too often, and a document inside the document.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import Engine, text

from gis.checklists import latest
from gis.roles import Actor
from gis.store import audit
from tests.api.awkward import days, load
from tests.api.people import make_account
from tests.browser.case_payloads import add_cases
from tests.browser.draw_payloads import add_draw
from tests.browser.sweep_payloads import add_sweeps

PAYLOADS: Final = (
    "<script>fired(0)</script>",
    '"><img src=x onerror=fired(1)>',
    "'><svg onload=fired(2)>",
    "</script><script>fired(3)</script>",
    "</textarea></title></style></select><img src=x onerror=fired(4)>",
    '" autofocus tabindex=1 onfocus="fired(5)',
    "' autofocus tabindex=1 onfocus='fired(6)",
    '<a href="javascript:fired(7)" id=click7>a</a>',
    "javascript:fired(8)",
    "&lt;img src=x onerror=fired(9)&gt;",
    "\\u003cimg src=x onerror=fired(10)\\u003e",
    '<iframe srcdoc="<script>parent.fired(11)</script>"></iframe>',
    "{{ cycler.__init__.__globals__ }}{% raw %}${fired(12)}`-fired(12)-`",
    "';fired(13);//\";fired(13);//\\",
    "<details open ontoggle=fired(14)><math><mi xlink:href=javascript:fired(14)>",
)
SESSION: Final = "00000000-0000-4000-8000-0000000000{:02d}"
"""Code of a session that a form could have recorded."""
LEVELS: Final = ("district", "street", "village", "grid")


def fill(engine: Engine, texts: tuple[str, ...] = PAYLOADS) -> dict[str, Actor]:
    """Stores the district with its people and events, and gives its accounts by role."""
    load(engine, frames(texts))
    actors = {
        "admin": make_account(engine, f"admin {texts[1]}", "admin"),
        "leader": make_account(engine, f"leader {texts[1]}", "leader", "O0"),
        "inspector": make_account(engine, f"inspector {texts[1]}", "inspector", "O0"),
        "officer": make_account(engine, f"officer {texts[1]}", "officer", "O0"),
        "grid officer": make_account(engine, f"second {texts[1]}", "officer", "O1"),
        "colleague": make_account(engine, f"colleague {texts[1]}", "inspector", "O1"),
    }
    with engine.begin() as connection:
        for payload in texts:
            audit.add(
                connection,
                who=payload,
                role="officer",
                action=payload,
                target=payload,
                outcome=payload,
                origin=payload,
                details={payload: payload},
            )
        _add_work(connection, texts)
        _add_traces(connection, texts)
        add_cases(connection, texts, actors)
        add_draw(connection, texts)
        add_sweeps(connection, texts)
        _add_visits(connection, texts)
    return actors


def _add_work(connection: sa.Connection, texts: tuple[str, ...]) -> None:
    """Corrections and campaigns, whose texts a service would have looked at first."""
    now = datetime.now(UTC)
    for number, payload in enumerate(texts):
        uuid = f"00000000-0000-4000-8000-{number:012d}"
        connection.execute(
            text("""
            INSERT INTO correction (id, kind, target_code, area_code, note, proposed_by, proposed_at, geometry)
            VALUES (:id, :kind, :target, :area, :text, :text, :now, ST_Point(120.01, 28.01, 4326))"""),
            {
                **{"id": uuid, "kind": "point", "target": f"F{number}", "area": f"99000100100{number:02d}"},
                **{"text": payload, "now": now},
            },
        )
        if number % 3 == 0:
            connection.execute(
                text("""
                INSERT INTO correction_decision (correction_id, accepted, reason, decided_by, decided_at)
                VALUES (:id, false, :text, :text, :now)"""),
                {"id": uuid, "text": payload, "now": now},
            )
        connection.execute(
            text("""
            INSERT INTO campaign VALUES
                (:code, :text, '2026-01-01', '2026-02-01', '2026-03-01', '2026-12-31', :text, :now)"""),
            {"code": f"C{number}", "text": payload, "now": now},
        )
        connection.execute(
            text("INSERT INTO campaign_target VALUES (:code, '990001', 'sessions', 5)"), {"code": f"C{number}"}
        )
        if number % 2 == 0:
            connection.execute(
                text("INSERT INTO campaign_acceptance VALUES (:code, :text, :now, :text)"),
                {"code": f"C{number}", "text": payload, "now": now},
            )


def _add_visits(connection: sa.Connection, texts: tuple[str, ...]) -> None:
    """Inspections on the spot, each with two heads, planned visits, and photos whose names are attacks."""
    items = [item.name for item in latest()["clinic"].items]
    for number, payload in enumerate(texts):
        said = {f"{items[0]}_note": payload, "remark": payload}
        for code in (payload, f"V{number}"):
            for head in (0, 1):
                answers = {name: "no" if at == head else "yes" for at, name in enumerate(items)} | said
                row = {"code": code, "facility": f"F{number}", "text": payload, "answers": json.dumps(answers)}
                record = connection.execute(
                    text("""
                    INSERT INTO inspection_record (id, inspection_code, corrects, facility_code, checklist, version,
                        inspected_on, inspectors, answers, result, channel, recorded_by, recorded_at)
                    VALUES (gen_random_uuid(), :code, '{}', :facility, 'clinic', '1', '2026-10-01', :text,
                            CAST(:answers AS jsonb), 'fail', 'web', :text, now()) RETURNING id"""),
                    row,
                ).scalar_one()
                connection.execute(
                    text("INSERT INTO photo VALUES (:text, 'image/jpeg', 1, 1, 1, 'x') ON CONFLICT DO NOTHING"), row
                )
                connection.execute(
                    text("INSERT INTO inspection_photo VALUES (:id, :field, :text, :text, :text)"),
                    {"id": record, "field": f"{items[head]}_photo", "text": payload},
                )
        connection.execute(
            text("""
            INSERT INTO inspection_plan
            VALUES (gen_random_uuid(), :facility, 'clinic', '2026-10-01', :text, :text, now())"""),
            {"facility": f"F{number}", "text": payload},
        )


def _add_traces(connection: sa.Connection, texts: tuple[str, ...]) -> None:
    """Names of imported files, evidence, notes and kinds of changes of areas, and tokens and subjects of accounts."""
    for number, payload in enumerate(texts):
        connection.execute(
            text("""
            INSERT INTO import_run (kind, file, sha256, evidence, started, recorded, inserted, changed, unchanged)
            VALUES (:kind, :text, :text, jsonb_build_object('encoding', CAST(:text AS text), 'datum', 'wgs84'),
                    now(), now(), 1, 1, 1)"""),
            {"kind": "areas", "text": payload},
        )
        connection.execute(
            text(
                "INSERT INTO area_change (kind, changed_on, note, recorded) VALUES (:text, '2026-01-01', :text, now())"
            ),
            {"text": payload},
        )
        connection.execute(
            text("UPDATE account SET subject = :text, issuer = :text WHERE id = :number"),
            {"number": number + 1, "text": payload},
        )


def frames(texts: tuple[str, ...] = PAYLOADS) -> dict[str, Any]:
    """A district, a street, a village and as many grids as there are payloads; every text of every table is one."""
    many = range(len(texts))
    side = 0.01
    grids = [shapely.box(120 + n * side, 28, 120 + (n + 1) * side, 28 + side) for n in many]
    whole = shapely.union_all(grids)
    areas = pd.DataFrame(
        {
            "code": ["990001", "990001001", "990001001001", *[f"99000100100{n:02d}" for n in many]],
            "name": [texts[0], texts[1], texts[4], *texts],
            "level": [*LEVELS[:3], *["grid"] * len(texts)],
            "parent_code": [None, "990001", "990001001", *["990001001001"] * len(texts)],
        }
    )
    areas = gpd.GeoDataFrame(areas, geometry=[whole, whole, whole, *grids], crs=4326).astype({"parent_code": "str"})
    areas["dwellings"] = pd.array([None] * len(areas), dtype="Int64")
    points = [shapely.Point(120 + (n + 0.5) * side, 28 + side / 2) for n in many]
    codes = [f"F{n}" for n in many]
    facilities = {"code": codes, "name": texts, "kind": texts, "address": texts, "hours": texts, "area_code": None}
    placed = gpd.GeoDataFrame(_period(facilities), geometry=points, crs=4326)
    placed["raw_lon"], placed["raw_lat"], placed["source_datum"] = placed.geometry.x, placed.geometry.y, "wgs84"
    officers = [f"O{n}" for n in many]
    held = days(*[f"2026-10-{n + 1:02d}" for n in many])
    event = {"valid_from": held, "valid_to": days(*[None] * len(texts))}
    long_ago = days(*[f"2024-10-{n + 1:02d}" for n in many])
    numbers = pd.array([1] * len(texts), dtype="Int64")
    return {
        "areas": gpd.GeoDataFrame(_period(areas), geometry="geometry", crs=4326),
        "officers": _period({"code": officers, "name": texts, "department": texts, "work_phone": texts}),
        "assignments": _assignments(officers),
        "facilities": placed,
        "licences": _period({"facility_code": codes, "number": texts, "kind": texts}),
        "equipment": _period({"serial": texts, "facility_code": codes, "kind": texts, "maker": texts, "model": texts}),
        "operators": _period({"operator_code": texts, "facility_code": codes, "qualification": texts}),
        "outreach": pd.concat(
            [
                _text({"code": own, "area_code": areas["code"][3:].tolist(), "kind": texts}).assign(
                    held_on=held, reach=numbers, **event
                )
                for own in ([SESSION.format(n) for n in many], texts)
            ],
            ignore_index=True,
        ),
        "inspections": _text(
            {"code": texts, "facility_code": codes, "checklist": texts, "inspectors": texts, "result": "pass"}
        ).assign(
            inspected_on=long_ago,
            **dict.fromkeys(("clerical", "minor", "serious", "critical"), numbers),
            **event | {"valid_from": long_ago},
        ),
    }


def _assignments(officers: list[str]) -> pd.DataFrame:
    targets = ["990001", *[f"99000100100{n:02d}" for n in range(1, len(officers))]]
    return _period({"officer_code": officers, "target_kind": "area", "target_code": targets, "role": "primary"})


def _text(columns: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(columns).astype("str")


def _period(columns: "dict[str, Any] | gpd.GeoDataFrame") -> pd.DataFrame:
    frame = columns if isinstance(columns, gpd.GeoDataFrame) else _text(columns)
    empty = days(*[None] * len(frame))
    return frame.assign(valid_from=empty, valid_to=empty)

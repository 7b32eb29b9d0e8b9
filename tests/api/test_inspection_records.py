"""Inspections over HTTP: stored once with a receipt, photos in pieces, planned visits, conflicts."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.main import create_app
from api.models.inspection_records import InspectionReceipt, Plan, VisitPage
from gis.services.workspace import today
from gis.settings import Settings
from tests.api.awkward import district, load
from tests.api.people import bearer, make_account, make_token
from tests.store.inspecting import BOTH, CLINIC, FACILITY, answers, item_of, photo
from tests.unit.intake.invented_files import resident

MINOR = item_of("minor")
PIECE = "application/offset+octet-stream"


@pytest.fixture
def inspector(engine: Engine, database_url: str, tmp_path: Any) -> Iterator[TestClient]:
    """A program of an inspector of the whole district; L02 is a colleague in one village."""
    load(engine, district())
    make_account(engine, "colleague", "inspector", "L02")
    token = make_token(engine, make_account(engine, "inspector", "inspector", "L01"))
    app = create_app(Settings(database_url=database_url, lang="en", home=tmp_path))
    with TestClient(app, headers=bearer(token), raise_server_exceptions=False) as client:
        yield client


def sent(*failed: str, **values: Any) -> dict[str, Any]:
    """A record that is fine but for the values given; the items named fail."""
    return {
        "id": str(uuid4()),
        "facility": FACILITY,
        "checklist": CLINIC.code,
        "version": CLINIC.version,
        "inspected_on": today().isoformat(),
        "inspectors": list(BOTH),
        "answers": answers(*failed),
        **values,
    }


def count(engine: Engine, table: str) -> int:
    """Rows of a table."""
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def push(client: TestClient, number: str, name: str, offset: int, piece: bytes, **headers: str) -> Any:
    """Sends a piece of a photo."""
    given = {"Upload-Offset": str(offset), "Content-Type": PIECE} | headers
    return client.patch(f"/api/inspections/{number}/photos/{name}", content=piece, headers=given)


def test_the_same_record_has_the_same_receipt(inspector: TestClient, engine: Engine) -> None:
    """201 means on disk; the same body again has the same receipt, which can be read again; one record is stored."""
    body = sent(MINOR, lon=120.005, lat=28.015, accuracy_m=8)
    first, again = (inspector.post("/api/inspections", json=body) for _turn in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == inspector.get(f"/api/inspections/{body['id']}").json()
    InspectionReceipt.model_validate(first.json())
    assert count(engine, "inspection_record") == 1
    page = inspector.get("/api/inspections").json()
    VisitPage.model_validate(page)
    assert [(row["code"], row["minor"], row["heads"]) for row in page["items"]] == [(body["id"], 1, 1)]


def test_a_taken_number_is_a_conflict(inspector: TestClient, engine: Engine) -> None:
    """Another record under the same number gets 409 and changes nothing."""
    body = sent()
    inspector.post("/api/inspections", json=body)
    answer = inspector.post("/api/inspections", json={**body, "answers": answers(MINOR)})
    assert (answer.status_code, answer.json()["error"]) == (409, "taken")
    assert count(engine, "inspection_record") == 1


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"inspected_on": "2999-01-01"}, 422, "still to come"),
        ({"inspected_on": "soon"}, 422, "YYYY-MM-DD"),
        ({"inspectors": ["L01"]}, 422, "2 to 8"),
        ({"inspectors": ["L01", "nobody"]}, 422, "no inspector"),
        ({"answers": {}}, 422, "Not answered"),
        ({"answers": answers(pregnancies="3")}, 422, "no question"),
        ({"answers": answers(remark=f"王芳 {resident(1)}")}, 422, "Personal data"),
        ({"id": "x"}, 422, ""),
        ({"lon": 190}, 422, ""),
        ({"patient": "x"}, 422, ""),
        ({"facility": "F404"}, 404, "No facility"),
    ],
)
def test_what_cannot_be_is_refused_whole(
    inspector: TestClient, engine: Engine, wrong: dict[str, Any], status: int, word: str
) -> None:
    """One clear message in the one format, and nothing is stored."""
    answer = inspector.post("/api/inspections", json=sent(**wrong))
    assert answer.status_code == status, answer.text
    assert word in answer.text
    assert set(answer.json()) == {"error", "message", "details"}
    assert count(engine, "inspection_record") == 0


def test_a_photo_comes_in_pieces(inspector: TestClient) -> None:
    """HEAD tells where to go on; a piece elsewhere gets 409 and the right offset; the record waits for its photos."""
    picture = photo(width=800, height=600)
    body = sent(MINOR, photos={f"{MINOR}_photo": "a.jpg"})
    number = body["id"]
    assert inspector.head(f"/api/inspections/{number}/photos/a.jpg").headers["upload-offset"] == "0"
    early = inspector.post("/api/inspections", json=body)
    assert (early.status_code, early.json()["details"]) == (409, {"missing": ["a.jpg"]})
    half = len(picture) // 2
    first = push(inspector, number, "a.jpg", 0, picture[:half])
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(half))
    for wrong in (0, half + 1):
        again = push(inspector, number, "a.jpg", wrong, picture[half:])
        assert (again.status_code, again.headers["upload-offset"]) == (409, str(half))
    assert inspector.head(f"/api/inspections/{number}/photos/a.jpg").headers["upload-offset"] == str(half)
    assert push(inspector, number, "a.jpg", half, picture[half:]).headers["upload-offset"] == str(len(picture))
    stored = inspector.post("/api/inspections", json=body).json()["photos"]
    assert [kept["name"] for kept in stored] == ["a.jpg"]
    shown = inspector.get(f"/api/photos/{stored[0]['sha256']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"].startswith("private")
    assert b"SECRETPHONE" in picture
    assert b"SECRETPHONE" not in shown.content


def test_pieces_that_are_none(inspector: TestClient) -> None:
    """Too large, of another type, without an offset, under a name that is none: refused, and nothing is kept."""
    number = str(uuid4())
    assert push(inspector, number, "a.jpg", 0, b"x" * (256 * 1024 + 1)).status_code == 413
    assert push(inspector, number, "a.jpg", 0, b"x", **{"Content-Type": "image/jpeg"}).status_code == 415
    assert push(inspector, number, "a.jpg", 0, b"x", **{"Upload-Offset": "-1"}).status_code == 422
    assert push(inspector, number, ".secret", 0, b"x").status_code == 422
    assert push(inspector, "no-number", "a.jpg", 0, b"x").status_code == 422
    assert inspector.head(f"/api/inspections/{number}/photos/a.jpg").headers["upload-offset"] == "0"
    assert push(inspector, number, "a.jpg", 0, b"x" * (256 * 1024)).status_code == 204


def test_two_corrections_are_a_conflict_until_settled(inspector: TestClient) -> None:
    """Both receipts are kept; the second names the first; settling gives one head again, and only once."""
    body = sent(MINOR)
    inspector.post("/api/inspections", json=body)
    one, two = (sent(corrects=[body["id"]], answers=answers(*failed)) for failed in ((), (MINOR, "badges_worn")))
    assert inspector.post("/api/inspections", json=one).json()["conflict"] == []
    assert inspector.post("/api/inspections", json=two).json()["conflict"] == [one["id"]]
    assert [row["code"] for row in inspector.get("/api/inspections?state=conflict").json()["items"]] == [body["id"]]
    choice = {"keep": two["id"], "id": str(uuid4())}
    settled = inspector.post(f"/api/inspections/{body['id']}/settle", json=choice)
    assert settled.status_code == 201
    assert settled.json()["record"]["answers"] == two["answers"]
    assert inspector.post(f"/api/inspections/{body['id']}/settle", json=choice).json() == settled.json()
    assert inspector.get("/api/inspections?state=conflict").json()["total"] == 0
    late = inspector.post(f"/api/inspections/{body['id']}/settle", json={"keep": one["id"], "id": str(uuid4())})
    assert late.status_code in (404, 422)


def test_visits_are_planned_and_given_up(inspector: TestClient, engine: Engine) -> None:
    """A plan sent twice is stored once; given up, it is no task any more."""
    plan = {
        "id": str(uuid4()),
        "facility": FACILITY,
        "checklist": "clinic",
        "planned_on": today().isoformat(),
        "inspectors": list(BOTH),
    }
    for _turn in range(2):
        made = inspector.post("/api/inspections/plans", json=plan)
        assert (made.status_code, made.json()["state"]) == (201, "planned")
        Plan.model_validate(made.json())
    assert count(engine, "inspection_plan") == 1
    tasks = inspector.get("/inspect/data.json").json()["tasks"]
    assert [(task["facility"], task["plan"]) for task in tasks] == [(FACILITY, plan["id"])]
    given_up = inspector.post(f"/api/inspections/plans/{plan['id']}/give-up", json={"reason": "停业"})
    assert (given_up.status_code, given_up.json()["state"]) == (200, "given-up")
    assert inspector.get("/inspect/data.json").json()["tasks"] == []


def test_the_list_is_filtered(inspector: TestClient) -> None:
    """Facility, area and text narrow the list."""
    for facility in ("F1", "F2"):
        inspector.post("/api/inspections", json=sent(facility=facility))

    def found(asked: str) -> list[str]:
        return sorted(row["facility_code"] for row in inspector.get(f"/api/inspections?{asked}").json()["items"])

    assert found("") == ["F1", "F2"]
    assert found("facility=F1") == found("area=330302001001") == found("q=白鹿") == ["F1"]
    assert found("area=nowhere") == []
    assert len(found("limit=1")) == 1


def test_a_phone_takes_its_own_facilities_along(inspector: TestClient, engine: Engine) -> None:
    """Every field of every checklist but the fixed ones, and the own facilities only; who has them gets 304."""
    answer = inspector.get("/inspect/data.json")
    data = answer.json()
    assert [row[0] for row in data["facilities"]] == ["F1", "F2", "F9"]
    clinic = next(one for one in data["checklists"] if one["code"] == "clinic" and one["latest"])
    assert [field["name"] for field in clinic["fields"] if field.get("item")] == [item.name for item in CLINIC.items]
    assert inspector.get("/inspect/data.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    village = bearer(make_token(engine, make_account(engine, "village", "inspector", "L02")))
    rows = inspector.get("/inspect/data.json", headers=village).json()["facilities"]
    assert [row[0] for row in rows] == ["F1"]

"""Inspections on the spot: stored once, corrected by new versions, both kept where two people disagree."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound
from gis.intake.photos import clean_photo
from gis.roles import SYSTEM, Actor
from gis.services.inspections import oversight, receipts, waiting_photos
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections.record import record, settle
from gis.services.workspace import Workspace, today
from tests.api.people import make_account
from tests.store.inspecting import BOTH, answers, draft, item_of, photo, yesterday

MINOR, SERIOUS = item_of("minor"), item_of("serious")


@pytest.fixture
def inspector(engine: Engine, workspace: Workspace) -> Actor:
    """An inspector of one village; policies let nothing else through."""
    make_account(engine, "district leader", "leader", "L01")
    return make_account(engine, "village inspector", "inspector", "L02")


@pytest.fixture
def colleague(engine: Engine, workspace: Workspace) -> Actor:
    """Somebody who answers for the whole district."""
    return make_account(engine, "district inspector", "inspector", "L01")


def outcomes(engine: Engine) -> list[tuple[Any, ...]]:
    """code, result, minor, serious of the current outcomes."""
    with engine.begin() as connection:
        found = connection.execute(
            text("SELECT code, result, minor, serious FROM inspection WHERE upper_inf(recorded) ORDER BY code")
        )
        return [tuple(row) for row in found]


def count(engine: Engine, table: str) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_record_is_stored_once(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """The same record sent again and again, eight at once, is one record with one receipt and one audit row."""
    one = draft(MINOR)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: record(workspace, inspector, one), range(24)))
    assert all(receipt == found[0] for receipt in found)
    assert count(engine, "inspection_record") == count(engine, "inspection") == count(engine, "finding") == 1
    with engine.begin() as connection:
        actions = connection.execute(text("SELECT action FROM audit WHERE action LIKE 'inspections%'")).scalars().all()
    assert actions == ["inspections.record"]


def test_a_receipt_lists_every_answer_and_stays_what_it_was(workspace: Workspace, inspector: Actor) -> None:
    """It holds all that was sent, and what is read later is the same."""
    one = draft(MINOR, answers=answers(MINOR, **{f"{MINOR}_note": "门诊日志缺页"}))
    receipt = record(workspace, inspector, one)
    assert receipt["record"]["answers"] == one.answers
    assert receipt["record"]["inspectors"] == list(BOTH)
    assert receipts.of_record(workspace, inspector, one.id) == receipt
    other = record(workspace, inspector, draft())
    assert other["sha256"] != receipt["sha256"]


def test_a_number_is_not_taken_over(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """Another record under a number that is taken is refused."""
    one = draft()
    record(workspace, inspector, one)
    with pytest.raises(DataRejected, match="taken by another record"):
        record(workspace, inspector, draft(MINOR, id=one.id))
    assert outcomes(engine) == [(one.id, "pass", 0, 0)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"inspectors": ("L02",)}, "2 to 8 inspectors; 1"),
        ({"inspectors": ("L02", "L02")}, "2 to 8 inspectors; 1"),
        ({"inspectors": ("L02", "X77")}, "X77 is no inspector"),
        ({"inspected_on": today() + timedelta(days=1)}, "still to come"),
        ({"lon": 120.0, "lat": None}, "a longitude and a latitude"),
        ({"lon": 220.0}, "not on the earth"),
        ({"checklist": "nonsense"}, "no checklist nonsense"),
        ({"version": "99"}, "of version 99"),
        ({"answers": {}}, "Not answered"),
        ({"answers": answers(nonsense="yes")}, "nonsense"),
        ({"answers": answers(plan="1")}, "plan is no answer"),
        ({"photos": {"remark_photo": "a.jpg"}}, "goes with an item that failed"),
        ({"id": "17"}, "no UUID"),
        ({"plan": str(uuid4())}, "no planned visit"),
        ({"corrects": (str(uuid4()),)}, "names records of one inspection"),
    ],
)
def test_what_cannot_be_is_refused(
    workspace: Workspace, inspector: Actor, engine: Engine, values: dict[str, Any], message: str
) -> None:
    """Each with its own words, and nothing is stored."""
    with pytest.raises(DataRejected, match=message):
        record(workspace, inspector, draft(**values))
    assert count(engine, "inspection_record") == 0


def test_whoever_records_took_part(workspace: Workspace, inspector: Actor, colleague: Actor, engine: Engine) -> None:
    """Two others cannot be named instead of oneself."""
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO officer (code, name, valid, recorded) VALUES ('L03', '钱七', '[,)', '[2020-01-01,)')")
        )
    make_account(engine, "third", "inspector", "L03")
    with pytest.raises(DataRejected, match="name yourself"):
        record(workspace, inspector, draft(inspectors=("L01", "L03")))


def test_personal_data_is_refused(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """A number of a person in a remark keeps the whole record out."""
    with pytest.raises(FirewallRefused):
        record(workspace, inspector, draft(MINOR, answers=answers(MINOR, remark="110101199003077758")))
    assert count(engine, "inspection_record") == 0


def test_only_own_facilities(workspace: Workspace, inspector: Actor, colleague: Actor, engine: Engine) -> None:
    """A facility elsewhere is answered like one that does not exist; the one who answers for it may."""
    for code in ("F2", "no-such"):
        with pytest.raises(NotFound, match=f"No facility {code} on"):
            record(workspace, inspector, draft(facility=code))
    assert record(workspace, colleague, draft(facility="F2"))["record"]["facility_code"] == "F2"
    with pytest.raises(NotAllowed):
        record(workspace, make_account(engine, "grid", "officer", "L02"), draft())


def test_the_database_refuses_what_a_service_forgot(workspace: Workspace, inspector: Actor, colleague: Actor) -> None:
    """The second lock alone: no record of a facility elsewhere is added or seen."""
    there = record(workspace, colleague, draft(facility="F2"))["record"]["id"]
    with workspace.transaction(inspector) as connection:
        assert connection.execute(text("SELECT count(*) FROM inspection_record")).scalar_one() == 0
    with workspace.transaction(colleague) as connection:
        assert connection.execute(text("SELECT count(*) FROM inspection_record")).scalar_one() == 1
    copy = "INSERT INTO inspection_plan VALUES (gen_random_uuid(), 'F2', 'clinic', current_date, 'a', 'b', now())"
    with pytest.raises(DBAPIError, match="row-level security"), workspace.transaction(inspector) as connection:
        connection.execute(text(copy))
    with workspace.transaction(colleague) as connection:
        connection.execute(text(copy))
    with pytest.raises(NotFound):
        receipts.of_record(workspace, inspector, there)


@pytest.mark.parametrize("role", ["leader", "inspector"])
def test_one_facility_is_seen_by_the_same_rule_as_all(
    workspace: Workspace, engine: Engine, role: Any, inspector: Actor
) -> None:
    """Looking one facility up finds exactly those that the list of all finds, for every officer."""
    for officer in ("L01", "L02", None):
        actor = make_account(engine, f"{role} {officer}", role, officer)
        with workspace.transaction(actor) as connection:
            every = connection.execute(text("SELECT code FROM facility ORDER BY 1")).scalars().all()
            single = [
                code
                for code in ("F1", "F2", "F9", "none")
                if connection.execute(text("SELECT wangge_sees_facility(:c)"), {"c": code}).scalar_one()
            ]
        assert single == list(every)


def test_a_correction_is_a_new_version(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """The outcome follows the correction, the earlier record and outcome stay, gaps count one visit."""
    one = draft(MINOR, SERIOUS)
    record(workspace, inspector, one)
    receipt = record(workspace, inspector, draft(MINOR, corrects=(one.id,), inspected_on=yesterday()))
    assert receipt["conflict"] == []
    assert outcomes(engine) == [(one.id, "conditions", 1, 0)]
    assert count(engine, "inspection") == count(engine, "inspection_record") == 2
    last = oversight.find_oversight(workspace, inspector, on=today(), known=None)
    assert last.gaps.by_area.set_index("area").loc["330302001001", "inspected"] == 1


def test_two_corrections_of_one_record_are_both_kept(
    workspace: Workspace, inspector: Actor, colleague: Actor, engine: Engine
) -> None:
    """Neither wins: the outcome stays that of the first, until somebody settles it."""
    one = draft()
    record(workspace, inspector, one)
    mine = record(workspace, inspector, draft(MINOR, corrects=(one.id,)))
    theirs = record(workspace, colleague, draft(SERIOUS, corrects=(one.id,)))
    assert theirs["conflict"] == [mine["record"]["id"]]
    assert outcomes(engine) == [(one.id, "conditions", 1, 0)]
    assert receipts.of_record(workspace, inspector, mine["record"]["id"])["conflict"] == [theirs["record"]["id"]]
    with pytest.raises(NotFound, match="no record"):
        settle(workspace, inspector, one.id, keep=one.id, id=str(uuid4()))
    number = str(uuid4())
    settled = [settle(workspace, inspector, one.id, keep=theirs["record"]["id"], id=number) for _ in range(2)]
    assert settled[0] == settled[1]
    assert settled[0]["conflict"] == []
    assert outcomes(engine) == [(one.id, "fail", 0, 1)]
    with pytest.raises(DataRejected, match="Nothing is to be settled"):
        settle(workspace, inspector, one.id, keep=number, id=str(uuid4()))


def test_two_records_of_one_planned_visit_are_both_kept(
    workspace: Workspace, inspector: Actor, colleague: Actor, engine: Engine
) -> None:
    """Both inspectors recorded the visit offline: one inspection, two heads."""
    plan = inspection_plans.plan(
        workspace, inspector, id=str(uuid4()), facility="F1", checklist="clinic", planned_on=today(), inspectors=BOTH
    )
    first = record(workspace, inspector, draft(plan=plan["id"]))
    second = record(workspace, colleague, draft(SERIOUS, plan=plan["id"]))
    assert (first["record"]["inspection_code"], second["conflict"]) == (plan["id"], [first["record"]["id"]])
    assert outcomes(engine) == [(plan["id"], "pass", 0, 0)]


def test_nothing_of_a_phone_stays_in_a_photo(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """Place, moment and make are gone from what is stored; the hash of what was sent is in the receipt."""
    sent = photo()
    assert b"SECRETPHONE" in sent
    one = draft(MINOR, photos={f"{MINOR}_photo": "a.jpg"})
    receipt = record(workspace, inspector, one, {"a.jpg": sent})
    with engine.begin() as connection:
        content = bytes(connection.execute(text("SELECT content FROM photo")).scalar_one())
    assert b"SECRETPHONE" not in content
    assert b"Exif" not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert (dict(kept.getexif()), kept.size) == ({}, (40, 20))
    assert receipt["photos"][0]["sent_sha256"] == clean_photo(sent, name="a.jpg").sent_sha256
    assert record(workspace, inspector, one) == receipt


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright(format: str) -> None:  # noqa: A002
    """The turn that only the metadata told of is made in the pixels."""
    kept = clean_photo(photo(format=format, turned=True), name="a")
    with Image.open(io.BytesIO(kept.content)) as picture:
        pixel = picture.getpixel((20, 2))
    assert isinstance(pixel, tuple)
    assert pixel[2] > pixel[0]


@pytest.mark.parametrize("sent", [b"", b"GIF89a", b"\xff\xd8\xff", photo()[:200], b"<svg/>"])
def test_what_is_no_photo_is_refused(sent: bytes) -> None:
    """Broken, cut and other files."""
    with pytest.raises(DataRejected, match="no photo that can be read"):
        clean_photo(sent, name="a.jpg")


def test_a_photo_comes_in_pieces(workspace: Workspace, inspector: Actor) -> None:
    """It goes on where the last piece ended; a record whose photo has not arrived is refused, and names it."""
    sent, one = photo(), draft(MINOR, photos={f"{MINOR}_photo": "a.jpg"})
    settings = workspace.settings
    with pytest.raises(DataRejected, match=r"a\.jpg") as refused:
        record(workspace, inspector, one)
    assert refused.value.details == {"missing": ["a.jpg"]}
    assert waiting_photos.append(settings, inspector, one.id, "a.jpg", offset=0, piece=sent[:100]) == 100
    with pytest.raises(DataRejected, match="100 bytes") as refused:
        waiting_photos.append(settings, inspector, one.id, "a.jpg", offset=0, piece=sent)
    assert refused.value.details == {"offset": 100}
    waiting_photos.append(settings, inspector, one.id, "a.jpg", offset=100, piece=sent[100:])
    assert waiting_photos.arrived(settings, inspector, one.id, "a.jpg") == len(sent)
    assert record(workspace, inspector, one)["photos"][0]["name"] == "a.jpg"
    assert waiting_photos.arrived(settings, inspector, one.id, "a.jpg") == 0


def test_a_correction_keeps_photos(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """A photo is stored once however many records show it."""
    one = draft(MINOR, photos={f"{MINOR}_photo": "a.jpg"})
    shown = record(workspace, inspector, one, {"a.jpg": photo()})["photos"][0]
    again = draft(MINOR, corrects=(one.id,), kept_photos={f"{MINOR}_photo": shown["sha256"]})
    assert record(workspace, inspector, again)["photos"] == [shown]
    assert count(engine, "photo") == 1


@pytest.mark.parametrize("table", ["inspection_record", "inspection_plan", "photo", "finding", "finding_event"])
def test_nothing_is_overwritten(engine: Engine, workspace: Workspace, inspector: Actor, table: str) -> None:
    """No row of these tables is ever deleted."""
    one = draft(MINOR, photos={f"{MINOR}_photo": "a.jpg"})
    record(workspace, inspector, one, {"a.jpg": photo()})
    with pytest.raises(DBAPIError, match="refused"), engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {table} CASCADE"))


def test_the_system_reads_but_does_not_inspect(workspace: Workspace) -> None:
    """No command line stands in for two people at a facility."""
    with pytest.raises(NotAllowed):
        record(workspace, SYSTEM, draft())


def test_serial_numbers_that_were_read_are_held_against_the_register(
    workspace: Workspace, colleague: Actor, engine: Engine
) -> None:
    """The machine of one facility seen at another has moved; the last inspection counts, and its last version."""
    make_account(engine, "village inspector", "inspector", "L02")
    room = {"facility": "F2", "checklist": "ultrasound-room", "version": "1"}
    first = draft(**room, answers=answers(checklist="ultrasound-room", serials_seen="S1，X9"))

    def seen() -> set[tuple[str, str]]:
        checks = oversight.find_oversight(workspace, colleague, on=today(), known=None).checks
        rows = checks[checks["rule"].isin(["equipment-moved", "equipment-unregistered"])]
        return {(str(row.rule), str(row.detail)) for row in rows.itertuples() if row.detail}

    assert seen() == set()
    record(workspace, colleague, first)
    assert seen() == {("equipment-moved", "S1"), ("equipment-unregistered", "X9")}
    record(workspace, colleague, draft(**room, corrects=(first.id,), answers=answers(checklist="ultrasound-room")))
    assert seen() == set()

"""The facility's reply: a link that works once, for one case, until its time is over; and nothing for anybody else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected, FirewallRefused, NotAllowed, UsageError
from gis.roles import PUBLIC
from gis.services.accounts.sessions import hash_token
from gis.services.cases import reply as case_reply
from gis.services.cases.records import read_case
from gis.services.cases.reply import Notice, Receipt, Refused, give_reply, make_link, read_link
from gis.services.workspace import Workspace
from tests.case_people import Team, begin, counts, make_team, step, walk


@pytest.fixture
def team(engine: Engine, workspace: Workspace) -> Team:
    """Three people who see the whole district."""
    del workspace
    return make_team(engine)


def link(workspace: Workspace, engine: Engine, team: Team) -> tuple[str, str]:
    """A case that waits for a reply, and the token of its link."""
    case = walk(workspace, engine, team, "noticed")
    return case["id"], make_link(workspace, team.investigator, case["id"])[0]


def why(workspace: Workspace, token: str) -> str:
    """Why a link is refused, to read and to reply; nothing is stored."""
    read, given = read_link(workspace, token), give_reply(workspace, PUBLIC, token, "我们已经整改")
    assert isinstance(read, Refused)
    assert isinstance(given, Refused)
    assert read.why == given.why
    return read.why


def test_a_link_shows_the_notice_and_no_people(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The facility reads what was found, the facts, the law and what is proposed; nobody's name or account."""
    _case, token = link(workspace, engine, team)
    found = read_link(workspace, token)
    assert isinstance(found, Notice)
    assert (found.facility, found.facts, found.proposed) == ("白鹿诊所", "设备未登记", "警告")
    assert len(found.findings) == 1
    assert not any(name in str(found) for name in ("inv", "rev", "dec", "员K1"))


def test_a_reply_is_stored_once(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The first reply gets a receipt and a row in the audit by the public; after it the link opens nothing."""
    case, token = link(workspace, engine, team)
    before = counts(engine)
    receipt = give_reply(workspace, PUBLIC, token, " 我们已经整改 ")
    assert isinstance(receipt, Receipt)
    after = counts(engine)
    assert {t: after[t] - before[t] for t in ("case_reply", "case_event", "audit")} == dict.fromkeys(
        ("case_reply", "case_event", "audit"), 1
    )
    read = read_case(workspace, team.reviewer, case)
    assert read["state"] == "replied"
    assert (read["reply"]["text"], read["reply"]["sha256"]) == ("我们已经整改", receipt.sha256)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT who, role, action FROM audit ORDER BY number DESC LIMIT 1")).one()
    assert tuple(row) == ("public", "public", "cases.reply")
    assert why(workspace, token) == "answered"
    assert counts(engine) == after


def test_only_the_hash_of_a_link_is_stored(workspace: Workspace, engine: Engine, team: Team) -> None:
    """No table holds the token, and the application's role reads no key."""
    _case, token = link(workspace, engine, team)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT CAST(l AS text) FROM case_reply_link l")).scalars().all()
        audits = connection.execute(text("SELECT CAST(a AS text) FROM audit a")).scalars().all()
    assert not any(token in row for row in (*rows, *audits))
    assert hash_token(token).hex() in rows[0]
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        workspace.transaction(team.investigator) as connection,
    ):
        connection.execute(text("SELECT * FROM signing_key"))


def test_a_link_that_was_changed_opens_nothing(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Every character counts: whichever is changed, the link is unknown; control: unchanged it opens."""
    _case, token = link(workspace, engine, team)
    for place in (0, token.index(".") + 1, token.index(".") + 9, token.rindex(".") + 1, len(token) // 2):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert why(workspace, changed) == "unknown"
    for strange in ("", "x", "a.b.c", token + "x", token[:-4], token * 9, "é" + token, f"{token.rpartition('.')[0]}."):
        assert why(workspace, strange) == "unknown"
    assert isinstance(read_link(workspace, token), Notice)


def test_a_link_of_another_key_or_none_opens_nothing(workspace: Workspace, engine: Engine, team: Team) -> None:
    """A token that names the case but is signed by somebody else, or not at all, is unknown; so is one of ours that no
    investigator made."""
    case, _token = link(workspace, engine, team)
    claims = {"case": case, "nonce": "x", "exp": 4_000_000_000}
    foreign = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"k" * 32))
    assert why(workspace, foreign) == "unknown"
    ours = jwt.encode({"alg": "HS256"}, claims, case_reply._key(workspace))
    assert why(workspace, ours) == "unknown"
    head = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"k" * 32)).split(".")[1]
    assert why(workspace, f"eyJhbGciOiJub25lIn0.{head}.") == "unknown"


def test_a_link_is_of_one_case(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The reply of one case is not that of another, and leaves its link open."""
    first, token = link(workspace, engine, team)
    second, other = link(workspace, engine, team)
    assert isinstance(give_reply(workspace, PUBLIC, token, "第一家的意见"), Receipt)
    assert read_case(workspace, team.decider, first)["state"] == "replied"
    assert read_case(workspace, team.decider, second)["state"] == "noticed"
    assert isinstance(read_link(workspace, other), Notice)


def test_a_link_ends_with_its_time(workspace: Workspace, engine: Engine, team: Team) -> None:
    """After its end it opens nothing, be the case still waiting or not; so after the reply clock has run out."""
    case, token = link(workspace, engine, team)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_reply_link DISABLE TRIGGER guard"))
        connection.execute(text("UPDATE case_reply_link SET expires = now() - interval '1 second'"))
    assert why(workspace, token) == "expired"
    with engine.begin() as connection:
        connection.execute(text("UPDATE case_reply_link SET expires = now() + interval '9 days'"))
    assert isinstance(read_link(workspace, token), Notice)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_event DISABLE TRIGGER guard"))
        connection.execute(text("UPDATE case_event SET due_on = current_date - 3 WHERE state = 'noticed'"))
    assert why(workspace, token) == "expired"
    lapsed = read_case(workspace, team.reviewer, case)
    assert lapsed["state"] == "reply-lapsed"
    assert step(workspace, team, lapsed, "reviewed")["state"] == "reviewed"


def test_a_dropped_case_waits_for_no_reply(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The link of a case that was dropped opens nothing."""
    case, token = link(workspace, engine, team)
    step(workspace, team, read_case(workspace, team.decider, case), "dropped")
    assert why(workspace, token) == "expired"


def test_a_link_holds_until_the_reply_clock_has_run_out(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Its end is the end of the last day; where nobody knows that day, so many days as the policy says."""
    case = walk(workspace, engine, team, "noticed")
    _token, expires = make_link(workspace, team.investigator, case["id"])
    local = expires.astimezone()
    assert (local - timedelta(seconds=1)).date().isoformat() == case["clocks"][0]["due_on"]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_event DISABLE TRIGGER guard"))
        connection.execute(
            text("""
            UPDATE case_event SET due_on = NULL, details = details || '{"day": "2190-01-04"}'
            WHERE state = 'noticed'""")
        )
    _token, unknown = make_link(workspace, team.investigator, case["id"])
    assert timedelta(days=30) <= unknown - datetime.now(UTC) <= timedelta(days=31)


def test_only_the_investigator_gives_out_links_while_a_reply_is_waited_for(
    workspace: Workspace, engine: Engine, team: Team
) -> None:
    """Others are refused, and so is the investigator before the notice and after the reply."""
    case = begin(workspace, engine, team)
    with pytest.raises(UsageError, match="waits for the reply"):
        make_link(workspace, team.investigator, case["id"])
    case = step(workspace, team, case, "noticed")
    for actor in (team.reviewer, team.decider):
        with pytest.raises(NotAllowed):
            make_link(workspace, actor, case["id"])
    case = step(workspace, team, case, "replied")
    with pytest.raises(UsageError, match="waits for the reply"):
        make_link(workspace, team.investigator, case["id"])


def test_a_reply_on_paper_ends_every_link(workspace: Workspace, engine: Engine, team: Team) -> None:
    """What the investigator records is the reply; the link that is out opens nothing, and tells no hash of it."""
    case, token = link(workspace, engine, team)
    read = step(workspace, team, read_case(workspace, team.investigator, case), "replied")
    assert (read["reply"]["text"], read["reply"]["by_link"]) == ("已经登记", False)
    refused = read_link(workspace, token)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.sha256) == ("answered", None)


def test_a_reply_has_a_text_and_no_person(workspace: Workspace, engine: Engine, team: Team) -> None:
    """An empty reply and one with the number of a person are refused, and the link stays open."""
    _case, token = link(workspace, engine, team)
    before = counts(engine)
    with pytest.raises(DataRejected, match="Write your statement"):
        give_reply(workspace, PUBLIC, token, "  ")
    with pytest.raises(FirewallRefused):
        give_reply(workspace, PUBLIC, token, "找 13812345678")
    assert counts(engine) == before
    assert isinstance(read_link(workspace, token), Notice)


def test_two_replies_at_once_are_one(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The database keeps one reply of a case, whoever comes second."""
    case, token = link(workspace, engine, team)
    insert = text("""
        INSERT INTO case_reply (case_id, token_hash, text, sha256, received_at)
        VALUES (:case, :hash, 'x', 'x', now())""")
    assert isinstance(give_reply(workspace, PUBLIC, token, "我们已经整改"), Receipt)
    for given in ({"case": case, "hash": None}, {"case": str(uuid4()), "hash": hash_token(token)}):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(insert, given)


def test_a_late_reply_on_paper_is_heard(workspace: Workspace, engine: Engine, team: Team) -> None:
    """After the clock has run out the investigator may still record what the facility stated, until the review."""
    case, _token = link(workspace, engine, team)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_event DISABLE TRIGGER guard"))
        connection.execute(text("UPDATE case_event SET due_on = current_date - 3 WHERE state = 'noticed'"))
    lapsed = read_case(workspace, team.investigator, case)
    assert lapsed["state"] == "reply-lapsed"
    assert step(workspace, team, lapsed, "replied")["reply"]["text"] == "已经登记"

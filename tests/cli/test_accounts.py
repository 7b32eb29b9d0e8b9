"""`wangge user` and `wangge audit`: accounts from the command line, and the proof of the audit."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.errors import NotAllowed
from gis.roles import SYSTEM
from gis.services.accounts import sessions
from gis.services.accounts.demo import ACCOUNTS, add_demo_accounts, open_demo_accounts, require_no_demo_accounts
from gis.services.accounts.sign_in import sign_in
from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.cli.conftest import Run

PASSWORD = "a long test password"
Give = Callable[..., tuple[int, str, str]]


@pytest.fixture
def give(town: Run, monkeypatch: pytest.MonkeyPatch) -> Give:
    """Runs a command on the town, with a line on stdin."""

    def run(*words: object, line: str = PASSWORD) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
        return town(*words)

    return run


@pytest.fixture
def workspace(database_url: str) -> Any:
    """The workspace of the same database."""
    workspace = Workspace(Settings(database_url=database_url))
    yield workspace
    workspace.close()


def test_an_account_is_added_listed_and_signs_in(give: Give, workspace: Workspace) -> None:
    """The password is one line on stdin; the list has name, role, officer, state and last sign-in, and no hash."""
    status, _out, err = give("user", "add", "eva", "--role", "leader", "--officer", "O1")
    assert status == 0, err
    sign_in(workspace, "eva", PASSWORD, origin=None)
    status, out, _err = give("user", "list", "--format", "json")
    row = json.loads(out)["accounts"][0]
    assert {key: row[key] for key in ("name", "role", "officer", "disabled")} == {
        "name": "eva",
        "role": "leader",
        "officer": "O1",
        "disabled": False,
    }
    assert row["last_sign_in"] is not None
    for output in ("json", "table", "csv"):
        assert "argon2" not in give("user", "list", "--format", output)[1]


@pytest.mark.parametrize(
    ("words", "line", "status"),
    [
        (("eva", "--role", "leader"), PASSWORD, 2),
        (("eva", "--role", "officer", "--officer", "O99"), PASSWORD, 2),
        (("eva", "--role", "king"), PASSWORD, 2),
        (("eva", "--role", "admin"), "short", 2),
        (("eva", "--role", "admin"), "", 2),
        (("a\tb", "--role", "admin"), PASSWORD, 2),
        (("x" * 65, "--role", "admin"), PASSWORD, 2),
        (("13812345678", "--role", "admin"), PASSWORD, 4),
    ],
)
def test_what_does_not_fit_makes_no_account(
    give: Give, engine: Engine, words: tuple[str, ...], line: str, status: int
) -> None:
    """A role without officer, an unknown officer or role, a bad password or name: nothing is stored."""
    assert give("user", "add", *words, line=line)[0] == status
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar_one() == 0


def test_a_name_is_one_name_however_it_is_composed(give: Give) -> None:
    """The composed and the decomposed form of a name are the same account."""
    assert give("user", "add", "Jose\u0301", "--role", "admin")[0] == 0
    assert give("user", "add", "Jos\u00e9", "--role", "admin")[0] == 3
    assert give("user", "disable", "Jos\u00e9")[0] == 0


def test_disabling_ends_sessions_and_tokens(give: Give, workspace: Workspace) -> None:
    """At once, and enabling does not bring them back; another password ends them too."""
    give("user", "add", "eva", "--role", "admin")
    session = sign_in(workspace, "eva", PASSWORD, origin=None)
    status, out, _err = give("user", "token", "eva", "--days", 3)
    token = out.strip()
    assert (status, len(out.split())) == (0, 1)
    assert sessions.by_token(workspace, token, origin=None) is not None
    assert give("user", "disable", "eva")[0] == 0
    assert give("user", "token", "eva")[0] == 3
    assert give("user", "enable", "eva")[0] == 0
    assert sessions.by_token(workspace, token, origin=None) is None
    assert sessions.by_session(workspace, session, origin=None) is None
    session = sign_in(workspace, "eva", PASSWORD, origin=None)
    assert give("user", "password", "eva", line="another long password")[0] == 0
    assert sessions.by_session(workspace, session, origin=None) is None
    sign_in(workspace, "eva", "another long password", origin=None)


def test_a_token_has_scope_and_end(give: Give, workspace: Workspace) -> None:
    """A read token reads only; a year is the most; of an unknown name there is none."""
    give("user", "add", "eva", "--role", "admin")
    for scope, read_only in (("read", True), ("write", False)):
        actor = sessions.by_token(workspace, give("user", "token", "eva", "--scope", scope)[1].strip(), origin=None)
        assert actor is not None
        assert actor.read_only is read_only
    assert give("user", "token", "eva", "--days", 366)[0] == 2
    assert give("user", "token", "nobody")[0] == 2


def test_a_subject_is_tied_to_one_account(give: Give) -> None:
    """An issuer is needed, and a subject of it belongs to one account."""
    for name in ("eva", "ida"):
        give("user", "add", name, "--role", "admin")
    assert give("user", "link", "eva", "--subject", "s1")[0] == 2
    assert give("user", "link", "eva", "--subject", "s1", "--issuer", "https://id.example")[0] == 0
    assert give("user", "link", "ida", "--subject", "s1", "--issuer", "https://id.example")[0] == 3


def test_the_audit_is_verified_and_listed(give: Give, engine: Engine) -> None:
    """Rows and head with status 0, a noted head is looked for, and a changed row ends with status 3 and its number."""
    give("user", "add", "eva", "--role", "admin")
    status, out, _err = give("audit", "verify", "--format", "json")
    chain = json.loads(out)
    assert (status, chain["broken_at"]) == (0, None)
    assert chain["rows"] >= 8
    assert give("audit", "verify", "--head", chain["head"])[0] == 0
    assert give("audit", "verify", "--head", "0" * 64)[0] == 3
    rows = json.loads(give("audit", "list", "--action", "accounts.", "--format", "json")[1])["rows"]
    assert [(row["action"], row["target"]) for row in rows] == [("accounts.add", "eva")]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit SET target = 'O' WHERE number = 2"))
    status, _out, err = give("audit", "verify")
    assert status == 3
    assert "row 2" in err


def test_demo_accounts_are_for_the_demo_district_and_this_machine(workspace: Workspace, give: Give) -> None:
    """A database without the demo district gets none, so it may be served anywhere."""
    add_demo_accounts(workspace, SYSTEM)
    assert open_demo_accounts(workspace) == []
    require_no_demo_accounts(workspace, "0.0.0.0")


def test_demo_accounts_keep_the_server_on_this_machine(
    workspace: Workspace, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the known password opens an account, another address is refused; with another password it is not."""
    monkeypatch.setattr("gis.services.accounts.demo.DISTRICT", "990101")
    add_demo_accounts(workspace, SYSTEM)
    add_demo_accounts(workspace, SYSTEM)
    names = sorted(name for name, _role, _officer in ACCOUNTS)
    assert open_demo_accounts(workspace) == names
    with pytest.raises(NotAllowed):
        require_no_demo_accounts(workspace, "0.0.0.0")
    assert give("serve", "--host", "0.0.0.0", "--port", "0")[0] == 5
    for name in names[1:]:
        give("user", "disable", name)
    give("user", "password", names[0])
    require_no_demo_accounts(workspace, "0.0.0.0")

"""The random draw 双随机: a seed is committed, the list is frozen, the seed is shown, and what follows is stored.

Each of the three is a row with its moment, and the hash of each is for everybody. `run_draw` is the second and the
third step; `draw_at_once` all three, in one transaction, for whoever needs no witness in between. The candidates are
the facilities in force on the day that the actor answers for.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.draw.choose import Candidate, Inspector, Terms
from gis.analysis.draw.proof import LISTED, Commitment, check_seed, commit, draw, freeze, write
from gis.analysis.draw.verify import read_frozen
from gis.errors import DataRejected, NotAllowed
from gis.intake.firewall import refuse_person_data
from gis.intake.inspectors import NamedInspector, read_inspectors, split_codes
from gis.policies import DrawPolicy, shipped_draw_policy
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.numbers import read_number
from gis.services.scope import own
from gis.services.selection.draws_view import describe, find, list_inspectors
from gis.services.workspace import Workspace
from gis.store import draws, read
from gis.store.engine import Connection
from gis.texts import _

Row = dict[str, Any]
MOST_DRAWN: Final = 100_000
LATEST: Final = date(2200, 1, 1)


@dataclass(frozen=True)
class Wish:
    """What a draw is to be: settled before anybody knows the seed."""

    on: date
    count: int
    policy: DrawPolicy | None = None
    """Without one it is that of `data/policies/draw.toml`."""

    def terms(self) -> Terms:
        """The same as terms. Raises DataRejected for what cannot be drawn."""
        if self.count > MOST_DRAWN or self.on > LATEST:
            raise DataRejected(_("A draw is of {most} facilities at most.", most=MOST_DRAWN))
        policy = self.policy or shipped_draw_policy()
        return Terms(self.on, self.count, policy.inspectors_each, policy.record_days, policy.weights)


def commit_draw(workspace: Workspace, actor: Actor, wish: Wish, *, seed: str, id: str) -> Row:  # noqa: A002
    """Commits a seed before the list is frozen: only its hash is shown. `id` is a UUID that the client made.

    The same again is stored once. Raises DataRejected, and FirewallRefused for a seed that is a person's number.
    """
    permit(actor, "draws.run")
    number = read_number(id)
    with workspace.transaction(actor) as connection:
        _commit(connection, actor, number, wish, seed)
        return describe(connection, actor, find(connection, number))


def run_draw(
    workspace: Workspace, actor: Actor, number: str, *, seed: str, inspectors: Sequence[NamedInspector]
) -> Row:
    """Freezes the list of a committed draw and, in a transaction after that, shows the seed and draws.

    A list that is frozen already is the one that is drawn from. The same again changes nothing. Raises DataRejected
    for another seed and for a list that cannot be drawn from, NotFound, NotAllowed for the draw of somebody else.
    """
    permit(actor, "draws.run")
    with workspace.transaction(actor) as connection:
        row = find(connection, number)
        _require_seed(connection, actor, row, seed)
        if row["frozen_at"] is None:
            _freeze(connection, actor, row, inspectors)
    with workspace.transaction(actor) as connection:
        row = find(connection, number)
        if row["revealed_at"] is None:
            _reveal(connection, actor, row, seed)
        return describe(connection, actor, find(connection, number))


def draw_at_once(
    workspace: Workspace,
    actor: Actor,
    wish: Wish,
    *,
    seed: str,
    inspectors: Sequence[NamedInspector],
    id: str,  # noqa: A002 - as the record and its JSON name it
) -> Row:
    """Commits, freezes, shows and draws, in this order, all or nothing. Raises DataRejected."""
    permit(actor, "draws.run")
    number = read_number(id)
    with workspace.transaction(actor) as connection:
        _commit(connection, actor, number, wish, seed)
        _freeze(connection, actor, find(connection, number), inspectors)
        _reveal(connection, actor, find(connection, number), seed)
        return describe(connection, actor, find(connection, number))


def read_inspector_file(file: Path) -> list[NamedInspector]:
    """The inspectors of a file. Raises FirewallRefused, and DataRejected naming row and column."""
    return read_inspectors(file)


def name_inspectors(workspace: Workspace, actor: Actor, rows: Sequence[tuple[str, str, str]]) -> list[NamedInspector]:
    """Inspectors of a form: code, and the codes of facilities, `;` between, of interests and former employers.

    Raises DataRejected for a code that is no inspector's, FirewallRefused.
    """
    known = {person["code"] for person in list_inspectors(workspace, actor)}
    for code, *texts in rows:
        if code not in known:
            raise DataRejected(_("{code} is no inspector with an account.", code=code[:100]))
        for text in texts:
            refuse_person_data(text, field="inspectors")
    return [
        NamedInspector(row, code, split_codes(interests), split_codes(former), None)
        for row, (code, interests, former) in enumerate(rows, start=1)
    ]


def _commit(connection: Connection, actor: Actor, number: str, wish: Wish, seed: str) -> None:
    terms = wish.terms()
    refuse_person_data(check_seed(seed), field="seed")
    nonce = secrets.token_hex(32)
    settled = {
        **{"on": terms.on.isoformat(), "count": terms.count, "inspectors_each": terms.inspectors_each},
        **{"record_days": terms.record_days, "weights": dict(terms.weights)},
    }
    row = {
        **{"id": number, "sha256": commit(seed, nonce), "draw_on": terms.on, "facilities": terms.count},
        **{"terms": settled, "committed_by": actor.name, "committed_at": datetime.now(UTC)},
    }
    if draws.add_commitment(connection, row, nonce=nonce):
        details = {"commitment": row["sha256"], "on": settled["on"], "count": terms.count}
        audit.record(connection, actor, "draws.commit", number, details=details)
        return
    stored = find(connection, number)
    if stored["terms"] != settled:
        raise DataRejected(_("The number {code} is taken by another draw. Nothing was stored.", code=number))
    _require_seed(connection, actor, stored, seed)


def _require_seed(connection: Connection, actor: Actor, row: Row, seed: str) -> str:
    """The nonce. Raises NotAllowed for the draw of somebody else, DataRejected for another seed."""
    nonce = draws.find_nonce(connection, row["id"], as_owner=actor.role == "system")
    if nonce is None:
        raise NotAllowed(_("Only the account that committed a seed draws with it."), details={"action": "draws.run"})
    if commit(seed, nonce) != row["sha256"]:
        raise DataRejected(_("This is not the seed that was committed."), details={"field": "seed"})
    return nonce


def _freeze(connection: Connection, actor: Actor, row: Row, named: Sequence[NamedInspector]) -> None:
    now, terms = datetime.now(UTC), _terms_of(row)
    facilities = read.read_table(connection, "facilities", on=None, known=None, mine=own(connection, actor))
    _require_known(named, frozenset(facilities["code"]))
    records = draws.read_visit_records(connection, on=terms.on, known=None, mine=own(connection, actor))
    candidates = list_candidates(pd.DataFrame(in_force(facilities, terms.on)), records)
    inspectors = [Inspector(i.code, i.interests, i.former_employers, i.qualification) for i in named]
    document = freeze(terms, candidates, inspectors)
    counts = {name: document["list"][name] for name in ("candidates", "inspectors")}
    stored = {"list_sha256": document["list"]["sha256"], **counts, "frozen_by": actor.name, "frozen_at": now}
    codes = [candidate.code for candidate in candidates]
    if draws.add_freeze(connection, row["id"], stored, write(document), codes):
        details = {"list": document["list"]["sha256"], **counts}
        audit.record(connection, actor, "draws.freeze", row["id"], details=details)


def _reveal(connection: Connection, actor: Actor, row: Row, seed: str) -> None:
    nonce = _require_seed(connection, actor, row, seed)
    kept = draws.read_file(connection, row["id"], "list")
    if kept is None:
        raise DataRejected(_("The frozen list holds facilities that you no longer answer for. Draw anew."))
    listed, now = read_frozen(kept[0], LISTED), datetime.now(UTC)
    document = draw(
        listed.terms,
        listed.candidates,
        listed.inspectors,
        commitment=Commitment(row["sha256"], row["committed_at"], row["frozen_at"], now),
        seed=seed,
        nonce=nonce,
    )
    if document["list"]["sha256"] != row["list_sha256"]:
        raise DataRejected(_("The frozen list is not the one whose hash was published."))
    stored = {
        **{"seed": seed, "nonce": nonce, "seal": document["seal"]},
        **{"revealed_by": actor.name, "revealed_at": now},
    }
    if draws.add_reveal(connection, row["id"], stored, write(document), sorted(kept[1])):
        draws.add_facilities(connection, row["id"], document["drawn"])
        details = {"seal": document["seal"], "drawn": len(document["drawn"])}
        audit.record(connection, actor, "draws.draw", row["id"], details=details)


def list_candidates(facilities: pd.DataFrame, records: pd.DataFrame) -> list[Candidate]:
    """Facilities with their records; `records` as `gis.store.draws.read_visit_records` gives them."""
    joined = facilities[["code"]].merge(records, how="left", left_on="code", right_on="facility_code")
    days = {name: [_day(value) for value in joined[name]] for name in ("last", "critical", "serious")}
    people = [split_codes(text if isinstance(text, str) else None) for text in joined["inspectors"]]
    rows = zip(joined["code"], days["last"], days["critical"], days["serious"], people, strict=True)
    return [Candidate(str(code), last, critical, serious, met) for code, last, critical, serious, met in rows]


def _day(value: Any) -> date | None:  # noqa: ANN401 - pandas' own
    return None if pd.isna(value) else value.date()


def _terms_of(row: Row) -> Terms:
    kept = row["terms"]
    numbers = {name: kept[name] for name in ("count", "inspectors_each", "record_days", "weights")}
    return Terms(on=date.fromisoformat(kept["on"]), **numbers)


def _require_known(named: Sequence[NamedInspector], known: frozenset[str]) -> None:
    """Raises DataRejected for a declared facility that there is not: a wrong code would recuse nobody."""
    for inspector in named:
        for column, codes in (("interests", inspector.interests), ("former_employer", inspector.former_employers)):
            for code in codes:
                if code not in known:
                    raise DataRejected(
                        _(
                            "Inspectors, row {row}, {column}: no facility {code} among those to draw from or earlier "
                            "ones. Correct the code or leave it out.",
                            row=inspector.row,
                            column=column,
                            code=code,
                        ),
                        details={"row": inspector.row, "column": column},
                    )

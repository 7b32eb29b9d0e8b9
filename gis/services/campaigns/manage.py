"""Campaigns: planning one, listing them, how far one has come, accepting it, and the report of it.

Whoever sees one of the areas with a target sees the campaign, with the targets of those areas only; every sum is over
what is shown. It is accepted by the leader who planned it or one who answers for the whole district, and from then on
its numbers are those that were known at that moment.
"""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Final

from gis.analysis.campaign import MEASURES, find_lagging, tell_state
from gis.errors import DataRejected, NotAllowed, NotFound, UsageError
from gis.roles import PERMITTED, Actor, permit, visible
from gis.rules import CAMPAIGN, require_transition
from gis.services import audit
from gis.services.campaigns.plan import DATES, CampaignPlan, clean_remark
from gis.services.campaigns.view import CampaignView, Row, choose_rows, measure_rows, stages_of
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import access, read
from gis.store import campaigns as store
from gis.store.engine import Connection
from gis.texts import _
from maps.sheets.campaign import CampaignReport

_MANAGE: Final = "campaigns.manage"
_READ: Final = "campaigns.read"


def list_campaigns(workspace: Workspace, actor: Actor, *, on: date | None = None) -> list[Row]:
    """Campaigns by their launch, the latest first: code, name, the days, state on the day, accepted_on, targets."""
    permit(actor, _READ)
    on = on or today()
    with workspace.transaction(actor) as connection:
        found = store.list_campaigns(connection, mine=bool(own(connection, actor)))
    return [_summarise(row, on) for row in found]


def get_campaign(
    workspace: Workspace,
    actor: Actor,
    code: str,
    *,
    on: date | None = None,
    known: datetime | None = None,
    measure: str | None = None,
    area: str | None = None,
) -> CampaignView:
    """A campaign and its progress up to the day; `area` keeps that one and those inside it.

    An accepted campaign shows what was known when it was accepted. Raises NotFound, UsageError for a strange measure.
    """
    permit(actor, _READ)
    if measure is not None and measure not in MEASURES:
        raise UsageError(_("Unknown measure {measure}; one of: {measures}.", measure=measure, measures=_joined()))
    depends_on = standing(workspace, actor).key
    with workspace.transaction(actor) as connection:
        row = _find(connection, actor, code, known=known)
        accepted_on = _accepted_on(row)
        on = on or accepted_on or today()
        known = known or row["accepted_at"]
        key = (*depends_on, "campaign", code, on, known)
        rows, ground = workspace.remember(
            key, lambda: measure_rows(workspace, connection, actor, row, on=on, known=known)
        )
        may_accept = _may_accept(connection, actor, row)
    chosen = choose_rows(rows, ground, measure=measure, area=area)
    stages = stages_of(row)
    return CampaignView(
        code=code,
        name=row["name"],
        stages=stages,
        state=tell_state(stages, on, accepted_on=accepted_on),
        on=on,
        known=known,
        rows=chosen,
        lagging=find_lagging(chosen, stages, on=on),
        areas=visible(ground[ground["code"].isin(chosen["area"])], actor.role, table="areas"),
        choices=rows[["area", "area_name", "level"]].drop_duplicates("area", ignore_index=True),
        accepted_on=accepted_on,
        remark=row["remark"],
        may_accept=may_accept,
    )


def list_choices(workspace: Workspace, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of the areas that a form for a new campaign offers: all above the lowest level."""
    permit(actor, _MANAGE)
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        frames = [
            read.read_table(connection, "areas", on=today(), known=None, level=level, mine=mine)
            for level in workspace.settings.levels[:-1]
        ]
    return [pair for frame in frames for pair in zip(frame["code"], frame["name"], strict=True)]


def create_campaign(workspace: Workspace, actor: Actor, plan: CampaignPlan) -> Row:
    """Stores a campaign whole and returns its summary.

    Raises NotFound (DataRejected on the command line) for an area that the actor does not answer for, DataRejected for
    one that is not in force or a code that is taken.
    """
    permit(actor, _MANAGE)
    now, day = datetime.now(UTC), min(today(), plan.stages.launch_on)
    with workspace.transaction(actor) as connection:
        _require_areas(connection, actor, plan, day)
        row = {"code": plan.code, "name": plan.name, **asdict(plan.stages)}
        store.add_campaign(connection, row, (asdict(target) for target in plan.targets), by=actor.name, now=now)
        audit.record(connection, actor, "campaigns.create", plan.code, details={"targets": len(plan.targets)})
    return _summarise({**row, "accepted_at": None, "targets": len(plan.targets)}, today())


def accept_campaign(workspace: Workspace, actor: Actor, code: str, *, remark: str | None = None) -> Row:
    """Accepts a campaign, and returns its summary.

    Raises NotFound, NotAllowed, UsageError for a campaign that is not in its acceptance.
    """
    permit(actor, _MANAGE)
    remark = clean_remark(remark)
    with workspace.transaction(actor) as connection:
        row = _find(connection, actor, code)
        state = tell_state(stages_of(row), today(), accepted_on=_accepted_on(row))
        require_transition(CAMPAIGN, state, "accepted", role=actor.role)
        if not _answers_for_all(connection, actor, row):
            raise NotAllowed(
                _("Only the leader who planned this campaign, or one of the whole district, may accept it."),
                details={"action": _MANAGE},
            )
        moment = store.add_acceptance(connection, code, by=actor.name, now=datetime.now(UTC), remark=remark)
        audit.record(connection, actor, "campaigns.accept", code, details={"remark": remark is not None})
    return _summarise({**row, "accepted_at": moment}, today())


def report_campaign(workspace: Workspace, actor: Actor, code: str, *, on: date | None = None) -> CampaignReport:
    """What the report is made of; taking it out is written to the audit."""
    permit(actor, "export")
    view = get_campaign(workspace, actor, code, on=on)
    with workspace.transaction(actor) as connection:
        audit.record(connection, actor, "export.campaign", code, details={"rows": len(view.rows)})
    named = view.rows.assign(area_name=view.rows["area_name"].fillna(view.rows["area"]))
    return CampaignReport(
        code=view.code,
        name=view.name,
        stages=view.stages.spans,
        rows=named.assign(level=named["level"].fillna("")),
        accepted_on=view.accepted_on,
        remark=view.remark,
    )


def _find(connection: Connection, actor: Actor, code: str, *, known: datetime | None = None) -> Row:
    found = store.list_campaigns(connection, code=code, mine=bool(own(connection, actor)))
    if not found or (known is not None and found[0]["created_at"] > known):
        raise NotFound(_("No campaign {code}.", code=code))
    row = found[0]
    if known is not None and row["accepted_at"] is not None and row["accepted_at"] > known:
        row |= {"accepted_at": None, "remark": None}
    return row


def _accepted_on(row: Row) -> date | None:
    at: datetime | None = row["accepted_at"]
    return at.astimezone().date() if at else None


def _summarise(row: Row, on: date) -> Row:
    accepted_on = _accepted_on(row)
    return {
        "code": row["code"],
        "name": row["name"],
        "state": tell_state(stages_of(row), on, accepted_on=accepted_on),
        **{key: row[key].isoformat() for key in DATES},
        "accepted_on": accepted_on.isoformat() if accepted_on else None,
        "targets": row["targets"],
    }


def _answers_for_all(connection: Connection, actor: Actor, row: Row) -> bool:
    return actor.role == "system" or row["created_by"] == actor.name or access.sees_all(connection)


def _may_accept(connection: Connection, actor: Actor, row: Row) -> bool:
    state = tell_state(stages_of(row), today(), accepted_on=_accepted_on(row))
    permitted = actor.role in PERMITTED[_MANAGE] and not actor.read_only
    return state == "acceptance" and permitted and _answers_for_all(connection, actor, row)


def _require_areas(connection: Connection, actor: Actor, plan: CampaignPlan, day: date) -> None:
    """Raises NotFound, or DataRejected on the command line, for the first target elsewhere or not in force."""
    codes = sorted({target.area for target in plan.targets})
    in_force = set(read.read_table(connection, "areas", on=day, known=None, codes=codes)["code"])
    reached = set(codes) if actor.role == "system" else access.scope(connection)
    for number, target in enumerate(plan.targets, start=1):
        if target.area not in in_force & reached:
            kind = DataRejected if actor.role == "system" else NotFound
            raise kind(
                _(
                    "{file}, targets[{number}].area: no area {code} in force on {day} among those that you answer for. "
                    "Nothing was stored.",
                    file=plan.source,
                    number=number,
                    code=target.area,
                    day=day.isoformat(),
                ),
                details={"file": plan.source, "key": f"targets[{number}].area"},
            )


def _joined() -> str:
    return ", ".join(MEASURES)

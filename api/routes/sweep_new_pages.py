"""A new sweep as pages: the form, the preview of the plan, and its publication; or the file of a plan, published.

Until it is published a plan is stored nowhere: it travels in the preview, whose form sends it back.
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.errors import status_of
from api.frames import JSON, NO_STORE
from api.pages import SEE_OTHER, csp_around, form_day, words_of
from api.shell import show
from api.sweep_forms import LargeFormDep, keep_file, read_file, read_kept, read_long, read_text, read_whole
from api.words import sweeps as words
from gis.errors import DataRejected, FirewallRefused, UsageError, WanggeError
from gis.roads import MODES
from gis.roles import permit
from gis.services.accounts.sessions import SignedIn
from gis.services.listing import Filter
from gis.services.selection import draws_view
from gis.services.sweeps import new as sweep_new
from gis.services.sweeps import published
from gis.services.sweeps.preview import preview_sweep
from gis.services.sweeps.read import parse_sweep
from gis.services.sweeps.teams import parse_teams
from gis.services.workspace import Workspace, today
from gis.texts import N_, _, current_language
from maps.sweep import render_sweep

router = APIRouter(prefix="/sweeps/new", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

FIELDS: Final = ("id", "title", "from", "days", "seconds", "seed", "mode", "draw", "ranked", "due")
KEPT: Final = ("teams_text", "proof_kept", "keep_proof")
"""What the files of the form were, so that nobody chooses them again."""
FILTERS: Final = ("q", "kind", "area", "state", "mine")
USUAL: Final = {"title": "", "days": "1", "seconds": "10", "mode": "drive"}
EXAMPLE: Final = """[[teams]]
code = "甲"
inspectors = ["O007", "O027"]
qualifications = ["ultrasound"]
start = {name = "卫健局", lon = 120.36, lat = 28.60}
hours = "08:30-17:30"
breaks = ["12:00-13:00"]
"""
Number = Annotated[int, Query(ge=0, le=sweep_new.MOST_CHOSEN)]


def _filters(
    *, q: Asked = "", kind: Asked = "", area: Asked = "", state: Asked = "", mine: Asked = ""
) -> dict[str, str]:
    return {"q": q, "kind": kind, "area": area, "state": state, "mine": mine}


@router.get("", summary=N_("New sweep"))
def get_new(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    filters: Annotated[dict[str, str], Depends(_filters)],
    *,
    ranked: Number = 0,
    due: Number = 0,
    draw: Asked = "",
) -> Response:
    """The form, filled in with what the page before it was about."""
    values = {
        **USUAL,
        **{"id": str(uuid4()), "from": (today() + timedelta(days=1)).isoformat()},
        **{"seed": secrets.token_hex(8), "draw": draw, "ranked": str(ranked), "due": str(due), **filters},
        **dict.fromkeys(KEPT, ""),
    }
    return _new(request, workspace, me, values)


@router.post("", summary=N_("Preview of a new sweep"))
def post_new(
    request: Request, workspace: WorkspaceDep, form: LargeFormDep, actor: ActorDep, me: SignedInDep
) -> Response:
    """Plans the sweep of the form and shows it, or gives the form back with what is wrong; stores nothing."""
    permit(actor, "sweeps.publish")
    values = _values(form)
    try:
        if stored := sweep_new.find_stored(workspace, actor, values["id"]):
            return RedirectResponse(f"/sweeps/{stored['id']}?done=published", SEE_OTHER)
        planned = sweep_new.plan_new(workspace, actor, _wanted(form, values))
        found, shown = preview_sweep(workspace, actor, planned)
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _new(request, workspace, me, values, error=error)
    inside = render_sweep(shown, lang=current_language(), standalone=False)
    answer = show(
        request,
        "sweep_preview.html",
        me=me,
        title=_("Preview: {title}", title=values["title"]),
        wide=True,
        csp=csp_around(inside),
        w=words_of(words.PREVIEW),
        values=values,
        plan=found,
        map=inside,
        days=words.days_of(found["visits"]),
        routes=words.team_days(found["routes"]),
        worth=words.worth_of(found),
    )
    answer.headers.update(NO_STORE)
    return answer


@router.post("/change", summary=N_("Change a new sweep"))
def post_change(
    request: Request, workspace: WorkspaceDep, form: LargeFormDep, actor: ActorDep, me: SignedInDep
) -> Response:
    """The form again, filled in as it was."""
    permit(actor, "sweeps.publish")
    return _new(request, workspace, me, _values(form))


@router.post("/plan.json", summary=N_("The plan of a new sweep as a file"), response_class=Response)
def post_plan(form: LargeFormDep, actor: ActorDep) -> Response:
    """The plan of a preview, to keep."""
    permit(actor, "sweeps.publish")
    content = published.write_document(parse_sweep(read_long(form, "document").encode(), name=_("the plan")))
    headers = {"Content-Disposition": 'attachment; filename="sweep.json"', **NO_STORE}
    return Response(content, media_type=JSON, headers=headers)


@router.post("/file", summary=N_("Publish a plan"))
def post_file(
    request: Request, workspace: WorkspaceDep, form: LargeFormDep, actor: ActorDep, me: SignedInDep
) -> Response:
    """Publishes the plan of a file or of a preview."""
    permit(actor, "sweeps.publish")
    values = _values(form)
    try:
        content, name = read_file(form, "plan")
        made = sweep_new.publish_file(
            workspace,
            actor,
            content or read_long(form, "document").encode(),
            id=values["id"],
            title=values["title"],
            name=name or _("the plan"),
        )
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _new(request, workspace, me, values, error=error)
    return RedirectResponse(f"/sweeps/{made['id']}?done=published", SEE_OTHER)


def _values(form: FormData) -> dict[str, str]:
    """What was typed and chosen, as the form keeps it: files as the texts of hidden fields."""
    values = {name: read_text(form, name) for name in (*FIELDS, *FILTERS, "keep_proof")}
    teams, proof = keep_file(form, "teams"), keep_file(form, "proof")
    return {
        **values,
        "teams_text": teams.decode("utf-8-sig", "replace") if teams else read_long(form, "teams_text"),
        "proof_kept": b64encode(proof).decode() if proof else read_long(form, "proof_kept"),
        "keep_proof": "1" if proof else values["keep_proof"],
    }


def _new(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    values: Mapping[str, str],
    *,
    error: WanggeError | None = None,
) -> HTMLResponse:
    permit(me.actor, "sweeps.publish")
    draws = [row for row in draws_view.list_draws(workspace, me.actor)[0] if row["state"] == "drawn"]
    return show(
        request,
        "sweep_new.html",
        me=me,
        title=_("New sweep"),
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.NEW),
        values=values,
        modes=MODES,
        example=EXAMPLE,
        filters={name: values[name] for name in FILTERS},
        narrowed=" · ".join(values[name] for name in FILTERS[:4] if values[name]),
        draws=[(row["id"], _("{day}: {count} facilities", day=row["on"], count=row["count"])) for row in draws],
        most=sweep_new.MOST_CHOSEN,
    )


def _wanted(form: FormData, values: Mapping[str, str]) -> sweep_new.NewSweep:
    """What the form asks for. Raises DataRejected naming what cannot be read."""
    published.check_title(values["title"])
    teams, name = read_file(form, "teams")
    proof = read_file(form, "proof")[0] or (read_kept(form, "proof_kept") if values["keep_proof"] else b"")
    chosen = Filter(*(values[name] or None for name in ("q", "kind", "area")))
    return sweep_new.NewSweep(
        id=values["id"],
        title=values["title"],
        first=form_day(values["from"]),
        days=read_whole(form, "days"),
        seconds=read_whole(form, "seconds"),
        seed=sweep_new.check_seed(values["seed"]),
        teams=parse_teams(teams or values["teams_text"].encode(), name=name or _("the teams")),
        choice=sweep_new.Choice(
            draw=values["draw"] or None,
            proof=proof or None,
            ranked=read_whole(form, "ranked"),
            due=read_whole(form, "due"),
            filter=chosen,
            state=values["state"] or None,
            mine=bool(values["mine"]),
        ),
        mode=next((mode for mode in MODES if mode == values["mode"]), "drive"),
    )

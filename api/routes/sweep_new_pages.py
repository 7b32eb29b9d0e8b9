"""A new sweep as a page: planned from a draw, a ranking or what is due, or published from the file of a plan."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.errors import status_of
from api.pages import SEE_OTHER, form_day, words_of
from api.routes.campaign_pages import FormDep
from api.shell import show
from api.sweep_forms import read_file, read_text, read_whole
from api.words import sweeps as words
from gis.errors import DataRejected, FirewallRefused, UsageError, WanggeError
from gis.roads import MODES
from gis.roles import permit
from gis.services.accounts.sessions import SignedIn
from gis.services.listing import Filter
from gis.services.selection import draws_view
from gis.services.sweeps import new as sweep_new
from gis.services.sweeps import published
from gis.services.sweeps.teams import parse_teams
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

router = APIRouter(prefix="/sweeps/new", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

FIELDS: Final = ("id", "title", "from", "days", "seconds", "seed", "mode", "draw", "ranked", "due")
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
    }
    return _new(request, workspace, me, values)


@router.post("", summary=N_("New sweep"))
def post_new(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Plans and publishes the sweep of the form, or gives it back with what is wrong."""
    permit(actor, "sweeps.publish")
    values = {name: read_text(form, name) for name in (*FIELDS, *FILTERS)}
    try:
        made = sweep_new.plan_and_publish(workspace, actor, _wanted(form, values))
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _new(request, workspace, me, values, error=error)
    return RedirectResponse(f"/sweeps/{made['id']}?done=published", SEE_OTHER)


@router.post("/file", summary=N_("Publish a plan's file"))
def post_file(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Publishes the plan of a file."""
    permit(actor, "sweeps.publish")
    values = {name: read_text(form, name) for name in (*FIELDS, *FILTERS)}
    try:
        content, name = read_file(form, "plan")
        made = sweep_new.publish_file(
            workspace, actor, content, id=values["id"], title=values["title"], name=name or _("the file")
        )
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _new(request, workspace, me, values, error=error)
    return RedirectResponse(f"/sweeps/{made['id']}?done=published", SEE_OTHER)


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
    content, name = read_file(form, "teams")
    proof = read_file(form, "proof")[0]
    chosen = Filter(*(values[name] or None for name in ("q", "kind", "area")))
    return sweep_new.NewSweep(
        id=values["id"],
        title=values["title"],
        first=form_day(values["from"]),
        days=read_whole(form, "days"),
        seconds=read_whole(form, "seconds"),
        seed=sweep_new.check_seed(values["seed"]),
        teams=parse_teams(content, name=name or _("the file of teams")),
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

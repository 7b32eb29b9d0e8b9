"""Random draws as pages: the list, committing a seed, one draw, drawing, the proof, and what everybody may know."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, SignedInDep, WorkspaceDep, read_day
from api.errors import status_of
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, link, words_of
from api.routes.campaign_pages import FormDep
from api.routes.draws import DrawId
from api.shell import show
from api.words import draws as words
from api.words.sweeps import sweep_link
from gis.errors import DataRejected, FirewallRefused, WanggeError
from gis.policies import shipped_draw_policy
from gis.roles import PERMITTED, permit
from gis.services.accounts.sessions import SignedIn
from gis.services.selection import draws, draws_view
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

Page = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/draws", summary=N_("Random draws"))
def get_list(request: Request, workspace: WorkspaceDep, me: SignedInDep, page: Page = 1) -> Response:
    """All draws with their hashes."""
    offset = (page - 1) * ROWS
    rows, total = draws_view.list_draws(workspace, me.actor, limit=ROWS, offset=offset)
    return show(
        request,
        "draws.html",
        me=me,
        title=_("Random draws"),
        wide=True,
        w=words_of(words.LIST),
        rows=[words.list_row(row) for row in rows],
        may_draw=me.actor.role in PERMITTED["draws.run"],
        pages=_pages(total, offset, "/draws"),
    )


@router.get("/open/draws", summary=N_("Random draws"))
def get_open(request: Request, workspace: WorkspaceDep, me: SignedInDep, page: Page = 1) -> Response:
    """What everybody may know of the draws."""
    offset = (page - 1) * ROWS
    rows, total = draws_view.list_published(workspace, limit=ROWS, offset=offset)
    return show(
        request,
        "draws_open.html",
        me=me,
        title=_("Random draws"),
        wide=True,
        w=words_of(words.OPEN),
        rows=[words.list_row(row) for row in rows],
        pages=_pages(total, offset, "/open/draws"),
    )


@router.get("/draws/new", summary=N_("New draw"))
def get_new(request: Request, me: SignedInDep) -> Response:
    """The form of a commitment; the number is made here, so that it is stored once."""
    return _new(request, me, {"id": str(uuid4()), "on": today().isoformat(), "count": "20", "seed": ""})


@router.post("/draws/new", summary=N_("New draw"))
def post_new(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Commits the seed of the form, or gives it back with what is wrong."""
    values = {name: _text(form, name) for name in ("id", "on", "count", "seed")}
    permit(actor, "draws.run")
    try:
        if not (values["count"].isascii() and values["count"].isdigit() and len(values["count"]) < 10):
            raise DataRejected(_("Write how many facilities as a whole number."))
        wish = draws.Wish(read_day("on", values["on"] or None) or today(), int(values["count"]))
        made = draws.commit_draw(workspace, actor, wish, seed=values["seed"], id=values["id"])
    except (DataRejected, FirewallRefused) as error:
        return _new(request, me, values, error=error)
    return RedirectResponse(f"/draws/{made['id']}", SEE_OTHER)


@router.get("/draws/{code}", summary=N_("A draw"))
def get_one(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: DrawId) -> Response:
    """One draw: what was drawn, or the form that draws."""
    return _one(request, workspace, me, code)


@router.post("/draws/{code}/run", summary=N_("Freeze the list and draw"))
def post_run(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: DrawId, form: FormDep
) -> Response:
    """Draws, then shows what was drawn; or gives the form back with what is wrong."""
    chosen = [str(value) for value in form.getlist("inspectors")]
    rows = [(one, _text(form, f"interests {one}"), _text(form, f"former {one}")) for one in chosen]
    try:
        named = draws.name_inspectors(workspace, actor, rows)
        draws.run_draw(workspace, actor, code, seed=_text(form, "seed"), inspectors=named)
    except (DataRejected, FirewallRefused) as error:
        return _one(request, workspace, me, code, typed=form, error=error)
    return RedirectResponse(f"/draws/{code}", SEE_OTHER)


@router.get("/draws/{code}/proof.json", summary=N_("The proof of a draw"), response_class=Response)
def get_proof(workspace: WorkspaceDep, me: SignedInDep, code: DrawId) -> Response:
    """The proof as a file."""
    content = draws_view.read_proof(workspace, me.actor, code)
    headers = {"Content-Disposition": 'attachment; filename="proof.json"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/json", headers=headers)


def _new(
    request: Request, me: SignedIn, values: Mapping[str, str], *, error: WanggeError | None = None
) -> HTMLResponse:
    permit(me.actor, "draws.run")
    return show(
        request,
        "draw_new.html",
        me=me,
        title=_("New draw"),
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.NEW),
        values=values,
        weights=words.weight_rows(shipped_draw_policy().weights),
    )


def _one(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    code: str,
    *,
    typed: FormData | None = None,
    error: WanggeError | None = None,
) -> HTMLResponse:
    row = draws_view.read_draw(workspace, me.actor, code)
    may_draw = row["mine"] and row["state"] != "drawn" and me.actor.role in PERMITTED["draws.run"]
    people = draws_view.list_inspectors(workspace, me.actor) if may_draw else []
    return show(
        request,
        "draw.html",
        me=me,
        title=_("Draw of {count} facilities on {day}", count=row["count"], day=row["on"]),
        wide=True,
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.ONE),
        draw=words.list_row(row),
        facilities=words.facility_rows(row),
        may_draw=may_draw,
        sweep=sweep_link(me, {"draw": row["id"]}) if row["state"] == "drawn" and row["facilities"] else None,
        people=[_person(person, typed) for person in people],
        seed=_text(typed, "seed") if typed else "",
    )


def _person(person: Mapping[str, Any], typed: FormData | None) -> dict[str, Any]:
    code = person["code"]
    chosen = typed is None or code in typed.getlist("inspectors")
    given = {name: _text(typed, f"{name} {code}") if typed else "" for name in ("interests", "former")}
    return {**person, "chosen": chosen, **given}


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).replace("\0", "\ufffd").strip()


def _pages(total: int, offset: int, path: str) -> Any:  # noqa: ANN401 - what the pager gives
    return page_through(total, size=ROWS, offset=offset, to=lambda first: link(path, {"page": first // ROWS + 1}))

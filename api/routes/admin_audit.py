"""The audit, for admins: search with filters in the address, check the chain, download."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, TypedDict
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, SignedInDep, WorkspaceDep, read_day
from api.pager import page_through
from api.shell import ROLE_NAMES, show
from api.words.audit import DEEDS, FAMILIES
from gis.roles import permit
from gis.services import audit
from gis.services.accounts.sessions import SignedIn
from gis.services.workspace import Workspace
from gis.texts import N_, _

PAGE: Final = 50
OUTCOMES: Final = {"done": N_("done"), "denied": N_("denied"), "failed": N_("failed")}
Part = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class Filters(TypedDict):
    """What the service takes."""

    who: str | None
    action: str | None
    target: str | None
    outcome: str | None
    start: datetime | None
    end: datetime | None


def _reader(me: SignedInDep) -> SignedIn:
    """Somebody who reads the audit. Raises SignInNeeded, NotAllowed."""
    permit(me.actor, "audit.read")
    return me


def _asked(
    who: Part = "",
    action: Part = "",
    target: Part = "",
    outcome: Part = "",
    start: Annotated[Part, Query(alias="from")] = "",
    end: Annotated[Part, Query(alias="to")] = "",
) -> dict[str, str]:
    """The filters as the address has them; a form sends empty ones too."""
    outcome = outcome if outcome in OUTCOMES else ""
    return {"who": who, "action": action, "target": target, "outcome": outcome, "from": start, "to": end}


ReaderDep = Annotated[SignedIn, Depends(_reader)]
AskedDep = Annotated[dict[str, str], Depends(_asked)]

router = APIRouter(prefix="/admin/audit", default_response_class=HTMLResponse, include_in_schema=False)


@router.get("", summary=N_("Audit"))
def get_audit(
    request: Request,
    workspace: WorkspaceDep,
    me: ReaderDep,
    asked: AskedDep,
    *,
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Response:
    """A page of the audit, newest first."""
    return _page(request, workspace, me, asked, page=page)


@router.post("/verify", summary=N_("Check the chain of the audit"))
def post_verify(request: Request, workspace: WorkspaceDep, me: ReaderDep, actor: ActorDep, asked: AskedDep) -> Response:
    """Computes every seal again, and says how many rows hold and what the last seal is."""
    chain = audit.verify(workspace, actor)
    if chain.broken_at is not None:
        problem = _("The audit was changed: row {number} does not hold.", number=chain.broken_at)
        return _page(request, workspace, me, asked, problem=problem)
    message = _("All {rows} rows hold. Head: {head}", rows=chain.rows, head=chain.head)
    return _page(request, workspace, me, asked, message=message)


@router.get("/csv", summary=N_("Download the audit"))
def get_csv(workspace: WorkspaceDep, me: ReaderDep, asked: AskedDep) -> Response:
    """The rows that fit, as CSV that a spreadsheet runs nothing of."""
    text = audit.to_csv(workspace, me.actor, **_filters(asked))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _filters(asked: dict[str, str]) -> Filters:
    """Days are those of this machine; `to` is included."""
    start, end = (read_day(name, asked[name] or None) for name in ("from", "to"))
    return {
        "who": asked["who"] or None,
        "action": asked["action"] or None,
        "target": asked["target"] or None,
        "outcome": asked["outcome"] or None,
        "start": _midnight(start) if start else None,
        "end": _midnight(end + timedelta(days=1)) if end and end < date.max else None,
    }


def _midnight(day: date) -> datetime | None:
    """The beginning of a day here; None before the first year that has one everywhere."""
    return datetime(day.year, day.month, day.day).astimezone() if 1900 <= day.year <= 9000 else None


def _page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    asked: dict[str, str],
    *,
    page: int = 1,
    message: str | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    found = audit.search(workspace, me.actor, limit=PAGE, offset=(page - 1) * PAGE, **_filters(asked))
    given = {name: value for name, value in asked.items() if value}
    return show(
        request,
        "admin_audit.html",
        me=me,
        title=_("Audit"),
        wide=True,
        message=message,
        problem=problem,
        rows=[_row(row) for row in found.frame.to_dict("records")],
        asked=asked,
        outcomes=[(name, _(text)) for name, text in OUTCOMES.items()],
        total=_("{count} rows", count=f"{found.total:,}"),
        pages=page_through(
            found.total,
            size=PAGE,
            offset=(page - 1) * PAGE,
            to=lambda first: "?" + urlencode({**given, "page": first // PAGE + 1}),
        ),
        query=urlencode(given),
        w=_texts(),
    )


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    details = "; ".join(f"{key}: {value}" for key, value in row["details"].items() if value is not None)
    return {
        **row,
        "at": row["at"].astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "role": _(ROLE_NAMES.get(row["role"], row["role"])),
        "action_text": _name_deed(row["action"]),
        "outcome_text": _(OUTCOMES.get(row["outcome"], row["outcome"])),
        "details": details,
    }


def _name_deed(action: str) -> str | None:
    """The deed in words; None where it has no name."""
    family, _dot, what = action.partition(".")
    name = DEEDS.get(action) or FAMILIES.get(family)
    if name is None:
        return None
    return _(name) if action in DEEDS else f"{_(name)} {what}"


def _texts() -> dict[str, str]:
    return {
        "number": _("No."),
        "at": _("When"),
        "who": _("Who"),
        "action": _("Deed"),
        "target": _("Target"),
        "outcome": _("Outcome"),
        "origin": _("From where"),
        "details": _("Details"),
        "any": _("any"),
        "start": _("From day"),
        "end": _("To day"),
        "search": _("Search"),
        "verify": _("Check the chain"),
        "csv": _("Download as CSV"),
        "none": _("Nothing fits."),
    }

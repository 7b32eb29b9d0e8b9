"""The facility's reply to a case, over a link that works once: a page for somebody without an account.

The address itself is the secret. So the pages are kept nowhere, say nothing of themselves to the next page, and a link
that opens nothing is answered in the same words whether there is such a case or not.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import HTMLResponse, Response

from api.deps import WorkspaceDep
from api.errors import status_of
from api.identity import check_same_site, origin_of
from api.pages import words_of
from api.shell import NOBODY, show
from api.words.cases import REPLY, finding_rows
from gis.errors import DataRejected, FirewallRefused, NotAllowed, WanggeError
from gis.roles import Actor
from gis.services.cases import reply as case_reply
from gis.services.cases.reply import Notice, Refused
from gis.services.cases.texts import MOST_TEXT
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(prefix="/reply", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

SECRET: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
NOT_FOUND, GONE, CREATED, FORBIDDEN = 404, 410, 201, 403

Token = Annotated[str, Path(max_length=2000)]


@router.get("/{token}", summary=N_("Reply of a facility"))
def get_reply(request: Request, workspace: WorkspaceDep, token: Token) -> Response:
    """What was found, and the form for the reply; or that the link opens nothing."""
    found = case_reply.read_link(workspace, token)
    return _refuse(request, found) if isinstance(found, Refused) else _form(request, found)


@router.post("/{token}", summary=N_("Reply of a facility"))
def post_reply(
    request: Request,
    workspace: WorkspaceDep,
    token: Token,
    reply: Annotated[str, Form(max_length=MOST_TEXT * 4)] = "",
) -> Response:
    """Stores the reply, once, and gives its receipt."""
    actor = Actor(role="public", name="public", origin=origin_of(request))
    try:
        check_same_site(request, request.app.state.settings.public_url)
        found = case_reply.give_reply(workspace, actor, token, reply)
    except NotAllowed as error:  # not passed on: the audit would hold the address
        return _page(request, "reply_refused.html", _("This link opens nothing"), FORBIDDEN, text=error.message)
    except (DataRejected, FirewallRefused) as error:
        return _again(request, workspace, token, reply, error)
    if isinstance(found, Refused):
        return _refuse(request, found)
    return _page(
        request,
        "reply_receipt.html",
        _("The reply has arrived"),
        CREATED,
        facility=found.facility,
        received=_told(found.received_at),
        sha256=found.sha256,
    )


def _again(request: Request, workspace: Workspace, token: str, reply: str, error: WanggeError) -> Response:
    found = case_reply.read_link(workspace, token)
    if isinstance(found, Refused):
        return _refuse(request, found)
    return _form(request, found, reply=reply, error=error)


def _form(request: Request, found: Notice, *, reply: str = "", error: WanggeError | None = None) -> Response:
    w = words_of(REPLY)
    until = w["until"].format(day=found.due_on) if found.due_on else w["unknown"].format(day=_told(found.expires))
    return _page(
        request,
        "reply.html",
        _("Reply of {facility}", facility=found.facility),
        status_of(error)[0] if error else 200,
        problem=error.message if error else None,
        found=found,
        findings=finding_rows(list(found.findings)),
        until=until,
        reply=reply,
        most=MOST_TEXT,
    )


def _refuse(request: Request, found: Refused) -> Response:
    texts = {
        "unknown": _("This link is not one of ours, or it was changed on its way. Ask the authority for another."),
        "expired": _("The time for this link is over. What is still to be said goes to the authority directly."),
        "answered": _("A reply was given already; a link works once."),
    }
    return _page(
        request,
        "reply_refused.html",
        _("This link opens nothing"),
        NOT_FOUND if found.why == "unknown" else GONE,
        text=texts[found.why],
        received=_told(found.received_at) if found.received_at and found.sha256 else None,
        sha256=found.sha256,
    )


def _page(
    request: Request,
    template: str,
    title: str,
    status: int,
    *,
    problem: str | None = None,
    **values: Any,  # noqa: ANN401 - what the template takes
) -> Response:
    """A page of the public, whoever is signed in, that is kept nowhere."""
    settings = request.app.state.settings
    shown: dict[str, Any] = {"received": None, "sha256": None, **values}
    answer = show(
        request,
        template,
        me=NOBODY,
        title=title,
        status=status,
        problem=problem,
        w=words_of(REPLY),
        office=settings.office_name,
        phone=settings.office_phone,
        **shown,
    )
    answer.headers.update(SECRET)
    return answer


def _told(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")

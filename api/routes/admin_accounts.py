"""Accounts, for admins: list, add, disable, enable, one-time password, officer, one-time codes, provider."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, SignedInDep, Text, WorkspaceDep
from api.pages import SEE_OTHER, render
from api.routes.account import never_kept
from api.shell import ROLE_NAMES, show
from gis.errors import DataRejected, FirewallRefused, NotFound, UsageError, WanggeError
from gis.roles import ACCOUNT_ROLES, Actor, permit
from gis.services.accounts import manage as accounts
from gis.services.accounts.sessions import SignedIn
from gis.services.workspace import Workspace
from gis.texts import N_, _

DONE: Final = {
    "disable": N_("The account is disabled. Its sessions and tokens have ended."),
    "enable": N_("The account is enabled."),
    "officer": N_("The account is tied to the officer."),
    "totp": N_("One-time codes are taken off."),
    "subject": N_("The account is tied to the subject of the provider."),
}
"""What a page says after a change, by the parameter `done`."""


def _admin(me: SignedInDep) -> SignedIn:
    """Somebody who manages accounts. Raises SignInNeeded, NotAllowed."""
    permit(me.actor, "accounts.manage")
    return me


AdminDep = Annotated[SignedIn, Depends(_admin)]
Optional = Annotated[str, Form(max_length=255, pattern=r"^[^\x00]*$")]
Number = Annotated[int, Path(ge=0, le=2**63 - 1)]

router = APIRouter(prefix="/admin", default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/accounts", summary=N_("Accounts"))
def get_accounts(request: Request, workspace: WorkspaceDep, me: AdminDep) -> Response:
    """All accounts, and a form for a new one."""
    return _list_page(request, workspace, me)


@router.post("/accounts", summary=N_("Add an account"))
def post_account(
    request: Request,
    workspace: WorkspaceDep,
    me: AdminDep,
    actor: ActorDep,
    *,
    name: Annotated[Text, Form()],
    role: Annotated[Text, Form()],
    officer: Optional = "",
) -> Response:
    """Makes an account, and shows its one-time password this once."""
    try:
        number, password = accounts.add_with_one_time_password(
            workspace, actor, name, role=role, officer_code=officer.strip() or None
        )
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _list_page(request, workspace, me, error=error, form={"name": name, "role": role, "officer": officer})
    return _one_page(request, workspace, me, number, password=password)


@router.get("/accounts/{number}", summary=N_("An account"))
def get_account(request: Request, workspace: WorkspaceDep, me: AdminDep, number: Number, done: str = "") -> Response:
    """One account, and what can be changed of it."""
    return _one_page(request, workspace, me, number, message=_(DONE[done]) if done in DONE else None)


@router.post("/accounts/{number}/disable", summary=N_("Disable an account"))
def post_disable(request: Request, workspace: WorkspaceDep, me: AdminDep, actor: ActorDep, number: Number) -> Response:
    """Ends its sessions and tokens at once."""
    return _change(request, workspace, me, number, "disable", lambda: accounts.disable(workspace, actor, number))


@router.post("/accounts/{number}/enable", summary=N_("Enable an account"))
def post_enable(request: Request, workspace: WorkspaceDep, me: AdminDep, actor: ActorDep, number: Number) -> Response:
    """It may sign in again."""
    return _change(request, workspace, me, number, "enable", lambda: accounts.enable(workspace, actor, number))


@router.post("/accounts/{number}/password", summary=N_("Give a one-time password"))
def post_password(request: Request, workspace: WorkspaceDep, me: AdminDep, actor: ActorDep, number: Number) -> Response:
    """Shows the one-time password, this once; whoever signs in with it must choose another."""
    password = accounts.reset_password(workspace, actor, number)
    return _one_page(request, workspace, me, number, password=password)


@router.post("/accounts/{number}/officer", summary=N_("Tie an account to an officer"))
def post_officer(
    request: Request, workspace: WorkspaceDep, me: AdminDep, actor: ActorDep, number: Number, *, officer: Optional = ""
) -> Response:
    """What the account sees follows from this officer's assignments."""
    code = officer.strip() or None
    return _change(request, workspace, me, number, "officer", lambda: _tie(workspace, actor, number, code))


@router.post("/accounts/{number}/totp", summary=N_("Take one-time codes off"))
def post_totp(request: Request, workspace: WorkspaceDep, me: AdminDep, actor: ActorDep, number: Number) -> Response:
    """For somebody who lost the device."""
    return _change(request, workspace, me, number, "totp", lambda: accounts.remove_totp(workspace, actor, number))


@router.post("/accounts/{number}/subject", summary=N_("Tie an account to the provider"))
def post_subject(
    request: Request,
    workspace: WorkspaceDep,
    me: AdminDep,
    actor: ActorDep,
    number: Number,
    *,
    subject: Annotated[Text, Form()],
) -> Response:
    """Whoever the provider knows under this subject signs in as this account."""
    return _change(
        request, workspace, me, number, "subject", lambda: accounts.link_subject(workspace, actor, number, subject)
    )


@router.get("/officers", summary=N_("Find officers"))
def get_officers(
    workspace: WorkspaceDep, me: AdminDep, *, officer: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = ""
) -> Response:
    """Options of a list to choose from: officers whose code or name holds the text."""
    frame = accounts.find_officers(workspace, me.actor, officer.strip())
    found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return HTMLResponse(render("officer_options.html", found=found))


def _tie(workspace: Workspace, actor: Actor, number: int, code: str | None) -> None:
    accounts.tie_officer(workspace, actor, number, code)


def _change(
    request: Request, workspace: Workspace, me: SignedIn, number: int, what: str, change: Callable[[], None]
) -> Response:
    """Makes the change, then shows the account; where it is refused, says why."""
    accounts.get_account(workspace, me.actor, number)
    try:
        change()
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _one_page(request, workspace, me, number, error=error)
    return RedirectResponse(f"/admin/accounts/{number}?done={what}", SEE_OTHER)


def _list_page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    error: WanggeError | None = None,
    form: dict[str, str] | None = None,
) -> HTMLResponse:
    return show(
        request,
        "admin_accounts.html",
        me=me,
        title=_("Accounts"),
        wide=True,
        status=_status(error),
        problem=error.message if error else None,
        accounts=accounts.list_accounts(workspace, me.actor),
        roles=[(role, _(ROLE_NAMES[role])) for role in ACCOUNT_ROLES],
        form=form or {"name": "", "role": "officer", "officer": ""},
        w=_texts(),
    )


def _one_page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    number: int,
    *,
    error: WanggeError | None = None,
    message: str | None = None,
    password: str | None = None,
) -> HTMLResponse:
    account = accounts.get_account(workspace, me.actor, number)
    answer = show(
        request,
        "admin_account.html",
        me=me,
        title=_("Account {name}", name=account.name),
        status=_status(error),
        message=message,
        problem=error.message if error else None,
        account=account,
        role=_(ROLE_NAMES[account.role]),
        own=account.number == me.actor.account,
        password=password,
        oidc=workspace.settings.oidc_issuer,
        w=_texts(),
    )
    return never_kept(answer)


def _status(error: WanggeError | None) -> int:
    if error is None:
        return 200
    return 404 if isinstance(error, NotFound) else 422 if isinstance(error, DataRejected | FirewallRefused) else 400


def _texts() -> dict[str, str]:
    return {
        "name": _("Name"),
        "role": _("Role"),
        "officer": _("Officer"),
        "officer_hint": _("Code of the officer; write part of a name or code to search."),
        "state": _("State"),
        "open": _("in use"),
        "disabled": _("disabled"),
        "last": _("Last sign-in"),
        "made": _("Made"),
        "never": _("never"),
        "totp": _("One-time codes"),
        "yes": _("yes"),
        "no": _("no"),
        "add": _("Add an account"),
        "add_lead": _(
            "The account gets a one-time password, which is shown once; whoever signs in with it must change it."
        ),
        "accounts": _("Accounts"),
        "password": _("Password"),
        "once": _("The one-time password. It is shown this once; hand it over in person."),
        "reset": _("Give a one-time password"),
        "reset_lead": _("Ends all sessions and tokens of the account."),
        "disable": _("Disable"),
        "disable_lead": _("The account cannot sign in; its sessions and tokens end at once."),
        "enable": _("Enable"),
        "own": _("This is the account that you work with; it cannot be disabled by you."),
        "tie": _("Tie to this officer"),
        "tie_lead": _("What the account sees and may change follows from this officer's assignments as of today."),
        "take_off": _("Take off"),
        "take_off_lead": _("For somebody who lost the device with the codes."),
        "provider": _("Provider"),
        "subject": _("Subject at the provider"),
        "link": _("Tie to this subject"),
        "back": _("Back"),
    }

"""One's own account: password, one-time codes, API tokens, signing out everywhere. From a browser's session only."""

from typing import Annotated, Final

import segno
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, SignedInDep, Text, WorkspaceDep, read_moment
from api.identity import COOKIE, forget_session
from api.openrosa.setup import set_up
from api.pages import SEE_OTHER
from api.problems import invalid
from api.shell import show
from gis.errors import NotAllowed, SignInNeeded, TooMany, UsageError, WanggeError
from gis.services.accounts import manage as accounts
from gis.services.accounts import own as own_account
from gis.services.accounts.password import LONGEST_PASSWORD, SHORTEST_PASSWORD
from gis.services.accounts.sessions import SignedIn
from gis.services.workspace import Workspace
from gis.texts import N_, _

DONE: Final = {
    "password": N_("The password is changed. All other sessions have ended."),
    "totp-on": N_("One-time codes are set up. From now on you need one to sign in."),
    "totp-off": N_("One-time codes are taken off."),
    "token-off": N_("The token is revoked."),
}
"""What a page says after a change, by the parameter `done`."""

Password = Annotated[str, Form(max_length=LONGEST_PASSWORD)]


def _own(me: SignedInDep) -> SignedIn:
    """Somebody with a session. Raises SignInNeeded, NotAllowed."""
    if me.actor.account is None:
        raise SignInNeeded(_("Sign in first."))
    if not me.csrf:
        raise NotAllowed(_("An account is changed from a browser, not with a token."))
    return me


OwnDep = Annotated[SignedIn, Depends(_own)]

router = APIRouter(prefix="/account", default_response_class=HTMLResponse, include_in_schema=False)


@router.get("", summary=N_("My account"))
def get_account(request: Request, workspace: WorkspaceDep, me: OwnDep, done: str = "") -> Response:
    """What there is to change."""
    return _page(request, workspace, me, message=_(DONE[done]) if done in DONE else None)


@router.post("/password", summary=N_("Change the password"))
def post_password(
    request: Request, workspace: WorkspaceDep, me: OwnDep, actor: ActorDep, *, old: Password, new: Password
) -> Response:
    """Changes it, where the old one is right."""
    try:
        own_account.change_password(workspace, actor, old, new, session=request.cookies[COOKIE])
    except (NotAllowed, TooMany, UsageError) as error:
        return _page(request, workspace, me, error=error)
    return _done("password")


@router.post("/sign-out", summary=N_("Sign out everywhere"))
def post_sign_out(workspace: WorkspaceDep, me: OwnDep, actor: ActorDep) -> Response:
    """Ends all sessions."""
    del me
    own_account.sign_out_everywhere(workspace, actor)
    answer = RedirectResponse("/login", SEE_OTHER)
    forget_session(answer)
    return answer


@router.get("/totp", summary=N_("Set up one-time codes"))
def get_totp(request: Request, me: OwnDep) -> Response:
    """A fresh secret as a QR code."""
    return _totp_page(request, me, own_account.new_totp_secret())


@router.post("/totp", summary=N_("Set up one-time codes"))
def post_totp(
    request: Request,
    workspace: WorkspaceDep,
    me: OwnDep,
    actor: ActorDep,
    *,
    secret: Annotated[str, Form(max_length=64)],
    code: Annotated[str, Form(max_length=20)],
) -> Response:
    """Confirms the secret with a code."""
    try:
        own_account.confirm_totp(workspace, actor, secret, code)
    except UsageError as error:
        kept = secret if own_account.is_secret(secret) else own_account.new_totp_secret()
        return _totp_page(request, me, kept, error=error)
    return _done("totp-on")


@router.post("/totp/remove", summary=N_("Take one-time codes off"))
def post_totp_remove(
    request: Request, workspace: WorkspaceDep, me: OwnDep, actor: ActorDep, *, password: Password
) -> Response:
    """Takes them off, where the password is right."""
    try:
        own_account.drop_totp(workspace, actor, password)
    except (NotAllowed, TooMany) as error:
        return _page(request, workspace, me, error=error)
    return _done("totp-off")


@router.post("/tokens", summary=N_("Make an API token"))
def post_token(
    request: Request,
    workspace: WorkspaceDep,
    me: OwnDep,
    actor: ActorDep,
    *,
    days: Annotated[int, Form()],
    scope: Annotated[str, Form(max_length=10)],
) -> Response:
    """Shows the new token, this once."""
    assert actor.account is not None
    try:
        token = accounts.make_token(workspace, actor, actor.account, days=days, scope=scope)
    except UsageError as error:
        return _page(request, workspace, me, error=error)
    return _page(request, workspace, me, token=token)


@router.post("/tokens/revoke", summary=N_("Revoke an API token"))
def post_token_revoke(
    workspace: WorkspaceDep, me: OwnDep, actor: ActorDep, *, created: Annotated[Text, Form()]
) -> Response:
    """Ends the token made at that instant."""
    del me
    moment = read_moment("created", created)
    if moment is None:
        raise invalid("created", _("This value cannot be read."))
    own_account.revoke_token(workspace, actor, moment)
    return _done("token-off")


def _done(what: str) -> Response:
    return RedirectResponse(f"/account?done={what}", SEE_OTHER)


def _page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    message: str | None = None,
    error: WanggeError | None = None,
    token: str | None = None,
) -> HTMLResponse:
    once = _("Your password was chosen by somebody else. Choose one of your own to go on.") if me.must_change else None
    answer = show(
        request,
        "account.html",
        me=me,
        title=_("My account"),
        status=_status(error),
        message=message,
        problem=error.message if error else once,
        own=own_account.read_own(workspace, me.actor),
        token=token,
        must_change=me.must_change,
        phone=set_up(request, me, workspace.settings.public_url),
        most_days=accounts.MOST_DAYS,
        scopes=[("read", _("read only")), ("write", _("read and change"))],
        least=SHORTEST_PASSWORD,
        most=LONGEST_PASSWORD,
        w=_texts(),
    )
    return never_kept(answer, error)


def _totp_page(request: Request, me: SignedIn, secret: str, *, error: WanggeError | None = None) -> HTMLResponse:
    code = segno.make(own_account.totp_address(me.actor, secret), error="m")
    answer = show(
        request,
        "account_totp.html",
        me=me,
        title=_("Set up one-time codes"),
        status=_status(error),
        problem=error.message if error else None,
        secret=secret,
        picture=code.svg_data_uri(scale=5, border=4, light="#fff", dark="#000"),
        lead=_(
            "Scan this picture with an app for one-time codes, or type the key into it. Then write the code it shows."
        ),
        alt=_("QR code with the key below"),
        key_label=_("Key"),
        code_label=_("One-time code"),
        button=_("Set up"),
        back=_("Back"),
    )
    return never_kept(answer, error)


def never_kept(answer: HTMLResponse, error: WanggeError | None = None) -> HTMLResponse:
    """The answer, with word to caches to keep nothing of its secrets, and with the time to wait."""
    answer.headers["Cache-Control"] = "no-store"
    if error and "seconds" in error.details:
        answer.headers["Retry-After"] = str(error.details["seconds"])
    return answer


def _status(error: WanggeError | None) -> int:
    if error is None:
        return 200
    return 429 if isinstance(error, TooMany) else 403 if isinstance(error, NotAllowed) else 400


def _texts() -> dict[str, str]:
    return {
        "password": _("Password"),
        "old": _("Old password"),
        "new": _("New password"),
        "rule": _("A password has {least} to {most} characters.", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD),
        "change": _("Change the password"),
        "no_password": _("You sign in through the provider; this account has no password."),
        "totp": _("One-time codes"),
        "totp_on": _("One-time codes are set up."),
        "totp_off": _("A second proof beside the password: a code from an app, new every 30 seconds."),
        "set_up": _("Set up"),
        "take_off": _("Take off"),
        "tokens": _("API tokens"),
        "tokens_lead": _("With a token a program asks as you, in the header Authorization: Bearer."),
        "scope": _("Scope"),
        "days": _("Days"),
        "made": _("Made"),
        "expires": _("Expires"),
        "revoke": _("Revoke"),
        "make": _("Make a token"),
        "new_token": _("Your new token. It is shown this once; copy it now."),
        "sessions": _("Sign-in sessions"),
        "everywhere_lead": _("Ends this session and all others of this account, on every device."),
        "everywhere": _("Sign out everywhere"),
        "none": _("There are none."),
    }

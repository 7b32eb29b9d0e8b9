"""The frame of every page of the application: navigation by role, who is signed in, language, messages."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.edge import LANGUAGE
from api.pages import CSP, NAMES, page, render
from api.routes.assets import asset_url
from gis.roles import PUBLIC, Role
from gis.services.accounts.sessions import SignedIn
from gis.texts import N_, _, current_language

NOBODY: Final = SignedIn(PUBLIC, "")

NAVIGATION: Final[tuple[tuple[str, str, tuple[Role, ...]], ...]] = (
    ("/leader", N_("Responsibility"), ("leader",)),
    ("/grid", N_("My grid"), ("officer",)),
    ("/facilities", N_("Facilities"), ("leader", "inspector")),
    ("/due", N_("Due for inspection"), ("leader", "inspector")),
    ("/rank", N_("Where to go next"), ("leader", "inspector")),
    ("/inspect", N_("Inspect"), ("leader", "inspector")),
    ("/inspections", N_("Inspection records"), ("leader", "inspector")),
    ("/findings", N_("Findings"), ("leader", "inspector")),
    ("/clusters", N_("Clusters"), ("leader", "inspector")),
    ("/cases", N_("Cases"), ("leader", "inspector")),
    ("/draws", N_("Random draws"), ("leader", "inspector")),
    ("/sweeps", N_("Sweeps"), ("leader", "inspector")),
    ("/outreach", N_("Outreach"), ("leader", "inspector", "officer")),
    ("/access", N_("Care within reach"), ("leader",)),
    ("/corrections", N_("Corrections"), ("leader",)),
    ("/campaigns", N_("Campaigns"), ("leader", "inspector", "officer")),
    ("/admin/imports", N_("Imports"), ("admin",)),
    ("/admin/accounts", N_("Accounts"), ("admin",)),
    ("/admin/audit", N_("Audit"), ("admin",)),
    ("/open", N_("Who answers here"), ("public",)),
)
"""Address, name, and the roles that see it, in the order of the bar; the first is where a role starts."""

ROLE_NAMES: Final[dict[str, str]] = {
    "admin": N_("admin"),
    "leader": N_("leader"),
    "inspector": N_("inspector"),
    "officer": N_("grid officer"),
    "public": N_("public"),
}


def home_of(role: Role) -> str:
    """Where a role starts."""
    return next((path for path, _name, roles in NAVIGATION if role in roles), "/")


def show(
    request: Request,
    template: str,
    *,
    me: SignedIn,
    title: str,
    status: int = 200,
    csp: str = CSP,
    message: str | None = None,
    problem: str | None = None,
    wide: bool = False,
    **values: object,
) -> HTMLResponse:
    """A whole page: a template that extends `layout.html`, in its frame."""
    html = render(
        template,
        title=title,
        me=me,
        message=message,
        problem=problem,
        wide=wide,
        here=request.url.path,
        asset=asset_url,
        language=current_language(),
        languages=NAMES,
        other_language=_other_language(request),
        nav=[(path, _(name)) for path, name, roles in NAVIGATION if me.actor.role in roles],
        t=_frame_texts(me.actor.role),
        **values,
    )
    answer = page(html, request, csp=csp)
    answer.status_code = status
    return answer


def _other_language(request: Request) -> str:
    """The same address in the other language."""
    asked = [(key, value) for key, value in request.query_params.multi_items() if key != LANGUAGE]
    other = "en" if current_language() == "zh" else "zh"
    return "?" + urlencode([*asked, (LANGUAGE, other)])


def _frame_texts(role: Role) -> dict[str, str]:
    return {
        "skip": _("Skip to the content"),
        "navigation": _("Main navigation"),
        "sign_in": _("Sign in"),
        "sign_out": _("Sign out"),
        "role": _(ROLE_NAMES.get(role, role)),
        "boundary": _(
            "wangge oversees premises, licences and equipment. "
            "It holds no record about an individual woman, pregnancy, birth or household."
        ),
    }

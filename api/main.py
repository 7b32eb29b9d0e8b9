"""The web application: HTTP in, services in the middle, JSON and pages out. No rule of the domain lives here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import errors
from api.deps import language_parameter
from api.edge import AskOnceMiddleware, LanguageMiddleware, SecurityMiddleware
from api.identity import spend_at_the_door
from api.limits import Limits
from api.models.register import Error
from api.openrosa.xml import OpenRosaMiddleware
from api.routes import (
    access,
    account,
    admin_accounts,
    admin_audit,
    admin_imports,
    areas,
    assets,
    campaign_pages,
    campaigns,
    case_pages,
    cases,
    clusters,
    corrections,
    docs,
    draw_pages,
    draws,
    due,
    facilities,
    facility_pages,
    findings,
    grid,
    health,
    history,
    inspect_app,
    inspection_pages,
    inspection_records,
    inspections,
    leader,
    leader_export,
    open_care,
    openrosa,
    outreach,
    outreach_pages,
    pages,
    ranking,
    reply,
    responsibility,
    session,
    siting,
    sweep_new_pages,
    sweep_pages,
    sweeps,
    tiles,
)
from api.routes import open as open_pages
from gis.services.accounts.basic import Proofs
from gis.services.imports import uploads
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.texts import N_

ROUTERS: Final = (
    areas.router,
    facilities.router,
    responsibility.router,
    inspections.router,
    findings.router,
    findings.pages,
    due.router,
    ranking.router,
    clusters.router,
    clusters.pages,
    access.router,
    access.pages,
    siting.router,
    siting.pages,
    open_care.router,
    history.router,
    inspection_records.router,
    outreach.router,
    tiles.router,
    pages.router,
    open_pages.router,
    docs.router,
    health.router,
    session.router,
    account.router,
    admin_accounts.router,
    admin_audit.router,
    admin_imports.router,
    campaigns.router,
    campaign_pages.router,
    due.pages,
    ranking.pages,
    history.pages,
    cases.router,
    case_pages.router,
    reply.router,
    draws.router,
    draw_pages.router,
    sweeps.router,
    sweep_new_pages.router,
    sweep_pages.router,
    facility_pages.router,
    grid.router,
    corrections.router,
    corrections.pages,
    leader.router,
    leader_export.router,
    outreach_pages.router,
    inspect_app.router,
    inspection_pages.router,
    openrosa.router,
    assets.router,
)

DESCRIPTION: Final = N_(
    "Areas, facilities, who answers for them and where nobody does, as of any day (on) and as it was known at any "
    "time (known). It mirrors the command wangge. Every error has error, message and details."
)

THREADS: Final = 10
"""So many requests are worked at together; more would only take the interpreter from each other."""

FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Error, "description": N_("Nobody is signed in, or the token does not hold.")},
    403: {"model": Error, "description": N_("The role of the account may not do this.")},
    400: {"model": Error, "description": N_("The request makes no sense.")},
    404: {"model": Error, "description": N_("There is no such record on that day, or it may not be seen.")},
    422: {"model": Error, "description": N_("A value of the request cannot be read.")},
    429: {"model": Error, "description": N_("This network address asks too much; Retry-After says how long to wait.")},
    503: {"model": Error, "description": N_("The database does not answer.")},
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings it reads them from the `WANGGE_*` variables."""
    settings = settings or Settings()
    app = FastAPI(
        title="wangge",
        version="0.1.0",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(language_parameter), Depends(spend_at_the_door)],
        responses=FAULTS,
    )
    app.state.settings = settings
    app.state.limits = Limits(settings)
    app.state.proofs = Proofs()
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(AskOnceMiddleware)
    app.add_middleware(LanguageMiddleware, default=settings.lang or "zh")
    app.add_middleware(OpenRosaMiddleware)
    app.add_middleware(SecurityMiddleware)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    workspace = Workspace(app.state.settings)
    app.state.workspace = workspace
    current_default_thread_limiter().total_tokens = THREADS
    uploads.clear(app.state.settings)
    try:
        yield
    finally:
        workspace.close()

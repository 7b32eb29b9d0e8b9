"""The web application: HTTP in, services in the middle, JSON and pages out. No rule of the domain lives here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import errors
from api.deps import language_parameter
from api.edge import LanguageMiddleware, SecurityMiddleware
from api.models import Error
from api.routes import areas, assets, docs, facilities, health, pages, responsibility, tiles
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.texts import N_

ROUTERS: Final = (
    areas.router,
    facilities.router,
    responsibility.router,
    tiles.router,
    pages.router,
    docs.router,
    health.router,
    assets.router,
)

DESCRIPTION: Final = N_(
    "Areas, facilities, who answers for them and where nobody does, as of any day (on) and as it was known at any "
    "time (known). It mirrors the command wangge. Every error has error, message and details."
)

FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Error, "description": N_("The request makes no sense.")},
    404: {"model": Error, "description": N_("There is no such record on that day, or it may not be seen.")},
    422: {"model": Error, "description": N_("A value of the request cannot be read.")},
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
        dependencies=[Depends(language_parameter)],
        responses=FAULTS,
    )
    app.state.settings = settings
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(LanguageMiddleware, default=settings.lang or "zh")
    app.add_middleware(SecurityMiddleware)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    workspace = Workspace(app.state.settings)
    app.state.workspace = workspace
    try:
        yield
    finally:
        workspace.close()

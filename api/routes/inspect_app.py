"""The page on which inspections are recorded, with a signal or without.

Its frame is the same for all who may record: no name and no secret stands in it, so that a device may keep it. What
belongs to an account comes as JSON. A service worker keeps frame, scripts and styles under a mark of their content, so
that they change together.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import SignedInDep, Text, WorkspaceDep
from api.frames import JSON, to_json
from api.pages import CSP, NAMES, STATIC, page, render, words_of
from api.routes.assets import FOR_GOOD, asset_url
from api.words.inspect import WORDS
from gis.errors import NotFound
from gis.roles import permit
from gis.services.inspections.phone_data import read_phone_data
from gis.texts import LOCALES, N_, Language, _, current_language, use_language

router = APIRouter(prefix="/inspect", tags=["pages"], include_in_schema=False)

FOLDER: Final = STATIC / "inspect"
WORKER: Final = "worker.js"
STYLES: Final = ("site.css", "field.css", "inspect.css")
ICON: Final = "icon.svg"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
PAGE_CSP: Final = CSP.replace("img-src 'self' data:", "img-src 'self' data: blob:") + "; worker-src 'self'"
WORKER_CSP: Final = "default-src 'none'; script-src 'self'; connect-src 'self'"

Shell = Annotated[Language | None, Query()]
"""In which language the page is to be kept."""


@router.get("", summary=N_("Record an inspection"), response_class=HTMLResponse)
def get_page(request: Request, me: SignedInDep, shell: Shell = None) -> HTMLResponse:
    """The frame; all else is made by its scripts."""
    permit(me.actor, "inspections.record")
    return page(_frame(shell or current_language()), request, csp=PAGE_CSP)


@router.get("/data.json", summary=N_("What a phone takes along"))
def get_data(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """Checklists, inspectors, own facilities and tasks; 304 for who has them."""
    data = read_phone_data(workspace, me.actor)
    mark = hashlib.sha256(to_json({**data, "made": ""}).encode()).hexdigest()[:32]
    headers = {"ETag": f'W/"{mark}"', "Vary": "Cookie, Accept-Encoding"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(to_json(data), media_type=JSON, headers=headers)


@router.get("/session.json", summary=N_("Whose session it is"))
def get_session(me: SignedInDep) -> Response:
    """The account, and the secret that changes over this session carry; never kept."""
    permit(me.actor, "inspections.record")
    body = {"account": me.actor.name, "csrf": me.csrf}
    return Response(to_json(body), media_type=JSON, headers={"Cache-Control": "no-store"})


@router.get(f"/{WORKER}", summary=N_("The service worker"))
def get_worker() -> Response:
    """The script that keeps the page, with the list of what it keeps."""
    headers = {"Service-Worker-Allowed": "/inspect", "Content-Security-Policy": WORKER_CSP}
    return Response(_worker(), media_type=JAVASCRIPT, headers=headers)


@router.get("/app/{mark}/{name}", summary=N_("A script of the page"))
def get_script(mark: Annotated[Text, Path()], name: Annotated[Text, Path()]) -> Response:
    """One listed script; nothing else on the disk can be named."""
    content = _scripts().get(name)
    if content is None or mark != _mark():
        raise NotFound(_("There is nothing at this address."))
    return Response(content, media_type=JAVASCRIPT, headers=FOR_GOOD)


@cache
def _scripts() -> Mapping[str, bytes]:
    return MappingProxyType(
        {file.name: file.read_bytes() for file in sorted(FOLDER.glob("*.js")) if file.name != WORKER}
    )


@cache
def _mark() -> str:
    """Changes with any script."""
    return hashlib.sha256(
        b"\0".join(part for name, code in _scripts().items() for part in (name.encode(), code))
    ).hexdigest()[:12]


@cache
def _frame(language: Language) -> str:
    """The page in one language."""
    with use_language(language):
        return render(
            "inspect.html",
            title=_("Inspect"),
            asset=asset_url,
            styles=STYLES,
            icon=ICON,
            script=f"/inspect/app/{_mark()}/main.js",
            words=words_of(WORDS),
            languages=[(code, name) for code, name in NAMES.items() if code != language],
            w={
                "skip": _("Skip to the content"),
                "navigation": _("Main navigation"),
                "list": _("Visits to be made"),
                "records": _("Inspection records"),
                "account": _("Account"),
                "boundary": _(
                    "wangge oversees premises, licences and equipment. "
                    "It holds no record about an individual woman, pregnancy, birth or household."
                ),
            },
        )


@cache
def _worker() -> str:
    files = [f"/inspect/app/{_mark()}/{name}" for name in _scripts()] + [asset_url(name) for name in (*STYLES, ICON)]
    shells = {language: f"/inspect?shell={language}" for language in LOCALES}
    code = (FOLDER / WORKER).read_text(encoding="utf-8")
    whole = "".join([*files, *(_frame(language) for language in LOCALES), code])
    version = hashlib.sha256(whole.encode()).hexdigest()[:12]
    names = {"VERSION": version, "FILES": files, "SHELLS": shells}
    return "".join(f"const {name} = {json.dumps(value)};\n" for name, value in names.items()) + code

"""Pages: templates, their content security policy, and the frame that all of them share.

Every value is escaped by the template. Scripts are files of ours; none stands in a page.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.edge import LANGUAGE
from gis.errors import DataRejected
from gis.services.workspace import today
from gis.texts import LOCALES, _, current_language
from maps.assets import script_hashes

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""For pages whose scripts are all files of ours. Swagger UI sets styles on elements, hence the inline styles."""

SEE_OTHER: Final = 303
"""After a form that was taken: the browser asks for the page that shows what became of it."""
UNPROCESSABLE: Final = 422
"""A form that comes back with what is wrong."""

YEAR: Final = 365 * 24 * 3600

NAMES: Final[Mapping[str, str]] = MappingProxyType({"zh": "中文", "en": "English"})
"""Each language by its own name."""

MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def form_day(text: str) -> date:
    """The day in a field of a form. Raises DataRejected."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DataRejected(_("Write a day as YYYY-MM-DD.")) from None


def render(template: str, **values: object) -> str:
    """The page as text, in the current language."""
    language = current_language()
    return _environment.get_template(template).render(html_lang=LOCALES[language].replace("_", "-"), **values)


def page(html: str, request: Request, *, csp: str = CSP) -> HTMLResponse:
    """The answer with its policy; a language chosen in the address is kept for the pages that follow."""
    answer = HTMLResponse(html, headers={"Content-Security-Policy": csp, "Vary": "Cookie"})
    if LANGUAGE in request.query_params:
        answer.set_cookie(LANGUAGE, current_language(), max_age=YEAR, samesite="lax", httponly=True)
    return answer


def csp_around(inside: str) -> str:
    """The policy of a page with a map of ours inside it (`srcdoc`), which it binds too: the map's script may run."""
    hashes = "".join(f" '{mark}'" for mark in script_hashes(inside))
    return CSP.replace("script-src 'self'", f"script-src 'self'{hashes}")


def words_of(words: Mapping[str, str]) -> dict[str, str]:
    """The texts of a page in the reader's language."""
    return {key: _(text) for key, text in words.items()}


def link(path: str, asked: Mapping[str, object]) -> str:
    """An address with its parameters."""
    return f"{path}?{urlencode(dict(asked))}" if asked else path


def attachment(content: bytes, name: str, ending: str) -> Response:
    """A file to keep, named after the day."""
    filename = f"{name}-{today().isoformat()}.{ending}"
    return Response(
        content, media_type=MEDIA[ending], headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )

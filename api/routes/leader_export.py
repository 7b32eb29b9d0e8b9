"""The responsibility map of the leader's areas as a file: PDF, XLSX, GeoJSON or one page that opens with no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import ActorDep, Text, WorkspaceDep, read_day
from api.frames import GEOJSON, feature_collection, records
from gis.services.areas import leader
from gis.services.workspace import today
from gis.texts import N_, Language, _, current_language
from maps.responsibility import ResponsibilityData, render
from maps.sheets import responsibility_sheet, responsibility_workbook

router = APIRouter(prefix="/leader/export", tags=["pages"], include_in_schema=False)

Format = Literal["pdf", "xlsx", "geojson", "html"]


@dataclass(frozen=True)
class Writer:
    """How a file is made, and what a browser is told that it is."""

    write: Callable[[ResponsibilityData, Language], bytes]
    media_type: str


def to_geojson(data: ResponsibilityData) -> bytes:
    """The areas with officer and state as a FeatureCollection."""
    return feature_collection(data.areas, records(data.areas), on=data.on).encode()


WRITERS: Final[Mapping[Format, Writer]] = MappingProxyType(
    {
        "pdf": Writer(lambda data, lang: responsibility_sheet(data, lang=lang), "application/pdf"),
        "xlsx": Writer(
            lambda data, lang: responsibility_workbook(data, lang=lang),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        "geojson": Writer(lambda data, _lang: to_geojson(data), GEOJSON),
        "html": Writer(
            lambda data, lang: render(data, lang=lang, standalone=True).encode(), "text/html; charset=utf-8"
        ),
    }
)


@router.get("/{file_format}", summary=N_("The responsibility map as a file"))
def get_export(
    workspace: WorkspaceDep,
    actor: ActorDep,
    *,
    file_format: Annotated[Format, Path()],
    area: Annotated[Text | None, Query()] = None,
    on: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """The areas of the leader, or one of them and all in it, as of a day; written to the audit."""
    day = read_day("on", on or None) or today()
    data = leader.export_data(workspace, actor, file_format=file_format, area=area, on=day)
    writer = WRITERS[file_format]
    content = writer.write(data, current_language())
    named = data.areas.set_index("code")["name"].get(area or "") or _("own areas")
    name = f"{_('responsibility')} {named} {area or ''} {day.isoformat()}".replace("  ", " ")
    plain = "-".join(filter(None, ("responsibility", area, day.isoformat())))
    headers = {"Content-Disposition": disposition(plain, name, file_format)}
    return Response(content, media_type=writer.media_type, headers=headers)


def disposition(plain: str, name: str, ending: str) -> str:
    """The header that names a download, RFC 6266: a plain name, and the full one for browsers that read UTF-8."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in plain)
    full = "".join("_" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in name)
    return f"attachment; filename=\"{safe}.{ending}\"; filename*=UTF-8''{quote(f'{full}.{ending}', safe='')}"

"""Vector tiles of the areas of one level, or of the facilities."""

from datetime import date, datetime

from gis.errors import NotFound
from gis.roles import Actor, columns_for, permit
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import tiles as store_tiles
from gis.texts import _

FACILITY_COLUMNS = ("code", "name", "kind")


def tile(
    workspace: Workspace,
    actor: Actor,
    layer: str,
    z: int,
    x: int,
    y: int,
    *,
    on: date | None = None,
    known: datetime | None = None,
) -> bytes:
    """One Mapbox vector tile, gzip not applied; empty bytes where nothing stands. Raises NotFound for a layer."""
    levels = workspace.settings.levels
    if layer not in (*levels, "facilities"):
        raise NotFound(
            _("No layer {layer}; there are: {layers}.", layer=layer, layers=", ".join((*levels, "facilities")))
        )
    permit(actor, "maps.read")
    allowed = columns_for("facilities", actor.role)
    columns = tuple(c for c in FACILITY_COLUMNS if c in allowed)
    with workspace.transaction(actor) as connection:
        mine = bool(own(connection, actor))
        return store_tiles.tile(connection, layer, z, x, y, on=on or today(), known=known, columns=columns, mine=mine)


def etag(workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None) -> str:
    """A mark that changes whenever a tile of that day may: with anything recorded, the day, and what one may see."""
    now = standing(workspace, actor)
    return f"{on or now.day}-{known.isoformat() if known else ''}-{now.day}-{now.reach}-{now.mark}"

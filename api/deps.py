"""What routes ask for: the workspace, who asks, and the parameters that many of them share.

`on` is the day that is asked about (valid time), `known` the moment whose knowledge is asked for (recorded time).
A box is `west,south,east,north` in degrees. Every value is checked here, so that a service never sees text that
is no day, no number, or that a database cannot hold.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request
from pydantic import StringConstraints

from api.identity import SAFE, authenticate, check_change
from api.problems import invalid
from gis.roles import Actor
from gis.services.accounts.sessions import SignedIn
from gis.services.workspace import Workspace
from gis.texts import N_, Language, _

Box = tuple[float, float, float, float]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
"""Text of a request; a database text holds no NUL."""

Asked = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
"""What a filter of a page says; empty where it says nothing."""
Code = Annotated[Text, Path(description=N_("Code of an area or a facility, as it was imported."))]

DAY: Final = {"format": "date"}
MOMENT: Final = {"format": "date-time"}


def _workspace(request: Request) -> Workspace:
    workspace = request.app.state.workspace
    assert isinstance(workspace, Workspace)
    return workspace


def _signed_in(request: Request, workspace: Annotated[Workspace, Depends(_workspace)]) -> SignedIn:
    """Who asks, looked up anew at each request: the holder of a token or of a session, else the public.

    What a session changes must carry its secret, in the header `X-CSRF-Token` or the form field `csrf`.
    """
    found = authenticate(request, workspace)
    request.state.actor = found.actor
    request.state.signed_in = found
    return found


async def _actor(request: Request, found: Annotated[SignedIn, Depends(_signed_in)]) -> Actor:
    if request.method not in SAFE:
        await check_change(request, found)
    return found.actor


@dataclass(frozen=True)
class AsOf:
    """The day asked about and the moment whose knowledge is asked for; None is today and now."""

    on: date | None
    known: datetime | None

    @property
    def held(self) -> dict[str, str]:
        """Those that are set, as they stand in an address."""
        return {name: value.isoformat() for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Paging:
    """Which rows of the whole list are wanted."""

    limit: int
    offset: int


def read_day(name: str, value: str | None) -> date | None:
    """The day that a parameter names. Raises RequestValidationError."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise invalid(name, _("Write a day as YYYY-MM-DD.")) from None


def read_moment(name: str, value: str | None) -> datetime | None:
    """The moment in UTC that a parameter names; without an offset it is UTC, and a mere day is its end.

    Raises RequestValidationError.
    """
    if value is None:
        return None
    day_only = len(value) == len("2026-01-31")
    try:
        moment = datetime.fromisoformat(f"{value}T23:59:59.999999" if day_only else value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(name, _("Write a time as YYYY-MM-DDTHH:MM:SS+08:00, with the + as %2B.")) from None


def read_box(value: str | None) -> Box | None:
    """The box that `bbox` names. Raises RequestValidationError saying what does not fit."""
    if value is None:
        return None
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        raise invalid("bbox", _("Write four numbers in degrees: west,south,east,north.")) from None
    if not all(math.isfinite(edge) for edge in (west, south, east, north)):
        raise invalid("bbox", _("Write four numbers in degrees: west,south,east,north."))
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise invalid("bbox", _("Longitudes are within -180..180 and latitudes within -90..90."))
    if west > east or south > north:
        raise invalid("bbox", _("West must not be east of east, nor south north of north."))
    return west, south, east, north


def _as_of(
    on: Annotated[
        str | None, Query(description=N_("As of this day, YYYY-MM-DD; default today."), json_schema_extra=DAY)
    ] = None,
    known: Annotated[
        str | None,
        Query(
            description=N_("As it was known at this time, ISO 8601, UTC where no offset is given; default now."),
            json_schema_extra=MOMENT,
        ),
    ] = None,
) -> AsOf:
    return AsOf(read_day("on", on), read_moment("known", known))


def _paging(
    limit: Annotated[int, Query(ge=1, le=1000, description=N_("At most so many rows."))] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description=N_("Rows to pass over."))] = 0,
) -> Paging:
    return Paging(limit, offset)


def _box(
    bbox: Annotated[
        str | None, Query(description=N_("Only what meets this box, in degrees: west,south,east,north."))
    ] = None,
) -> Box | None:
    return read_box(bbox)


def language_parameter(
    lang: Annotated[
        Language | None, Query(description=N_("Language of texts; default the cookie `lang`, then the setting."))
    ] = None,
) -> None:
    """Checks and documents `lang`; the language itself is set around the whole request."""
    del lang


WorkspaceDep = Annotated[Workspace, Depends(_workspace)]
ActorDep = Annotated[Actor, Depends(_actor)]
SignedInDep = Annotated[SignedIn, Depends(_signed_in)]
AsOfDep = Annotated[AsOf, Depends(_as_of)]
PagingDep = Annotated[Paging, Depends(_paging)]
BoxDep = Annotated[Box | None, Depends(_box)]
WithGeometry = Annotated[bool, Query(description=N_("Answer with geometry, as GeoJSON."))]
Search = Annotated[Text | None, Query(description=N_("Part of a name or a code."))]

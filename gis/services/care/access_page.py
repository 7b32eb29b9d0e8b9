"""The leader's page of care within reach: the table of a level, outreach that would help, model beside register."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services import outreach
from gis.services.care import access_view
from gis.services.care.access import Access, find_access
from gis.services.care.demand import stored_reports
from gis.services.workspace import Workspace
from maps.access import FEW

WINDOW_DAYS: Final = outreach.WINDOW_DAYS


@dataclass(frozen=True)
class AccessPage:
    """What the page shows; numbers of people as they may be shown."""

    gaps: dict[str, Any]
    rows: list[dict[str, Any]]
    """One for each area of the level, those with the most out of reach first."""
    suggested: list[dict[str, Any]]
    compared: list[dict[str, Any]]


def read_page(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    mode: Mode = "walk",
    level: str | None = None,
) -> AccessPage:
    """The page of one level and mode. Raises UsageError for a level that there is not."""
    permit(actor, "access.page")
    found = find_access(workspace, actor, on=on, known=known)
    chosen = access_view.choose_level(workspace, found, level)
    gaps = access_view.access_gaps(workspace, actor, on=on, known=known, mode=mode, level=chosen)
    first = f"beyond_{gaps['limits'][0]}"
    ordered = sorted(gaps["by_area"], key=lambda row: (-(row[first] or {"low": -1.0})["low"], row["area"]))
    held = outreach.count_sessions(workspace, actor, on=found.on, days=WINDOW_DAYS)
    suggested = [
        {**_shown(row, gaps["limits"]), "sessions": held.get(row["area"], 0)}
        for row in access_view.suggest_outreach(gaps["by_area"], gaps["limits"][0])
    ]
    return AccessPage(
        gaps,
        [_shown(row, gaps["limits"]) for row in ordered],
        suggested,
        _compare(workspace, actor, found),
    )


def _compare(workspace: Workspace, actor: Actor, found: Access) -> list[dict[str, Any]]:
    """Modelled and registered births of a year, for the streets and districts with a registered total that is shown."""
    names = dict(zip(found.areas["code"], found.areas["name"], strict=True))
    rows = stored_reports(workspace, actor, on=found.on, known=found.known).to_dict("records")
    return [
        {
            "name": names.get(row["area_code"], row["area_code"]),
            **{name: whole(row[name]) for name in ("modelled", "low", "high", "registered")},
            "outside": bool(row["differs"]),
        }
        for row in rows
    ]


def _shown(row: dict[str, Any], limits: list[int]) -> dict[str, Any]:
    """The texts of a row."""
    names = (*(f"beyond_{limit}" for limit in limits), "unreachable")
    told = {name: None if row[name] is None else _interval(row[name]) for name in names}
    return {
        "area": row["area"],
        "name": row["name"],
        "few": row["few"],
        "empty": not row["cells"],
        "demand": None if row["few"] else _interval({"people": row["demand"], "low": row["low"], "high": row["high"]}),
        "beyond": [told[f"beyond_{limit}"] for limit in limits],
        "shares": [None if row["few"] else percent(row[f"beyond_{limit}"]["share"]) for limit in limits],
        "unreachable": told["unreachable"],
        "served": None if row["few"] else percent(row["served"]["share"]),
        "offered": None if row["few"] or row["access"] is None else f"{row['access']:.2f}",
    }


def whole(number: float) -> str:
    """A number of modelled people as it is shown.

    >>> whole(0.0), whole(3.2), whole(1234.4)
    ('0', '<5', '1,234')
    """
    return "0" if number == 0 else f"<{FEW}" if number < FEW else f"{number:,.0f}"


def percent(share: float | None) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.0f} %"


def _interval(out: dict[str, Any]) -> tuple[str, str]:
    """The number, and its interval."""
    return whole(out["people"]), f"({whole(out['low'])}–{whole(out['high'])})"

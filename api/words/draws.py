"""The words of the pages of draws, and what the services say of a draw, made ready for a template."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from gis.services.cases.texts import name_of
from gis.services.selection.draws_view import REASON_NAMES, STATE_NAMES, STRATUM_NAMES
from gis.texts import N_, _

Row = Mapping[str, Any]

HASHES: Final[Mapping[str, str]] = {
    "state": N_("State"),
    "on": N_("On"),
    "count": N_("Facilities to draw"),
    "by": N_("Committed by"),
    "committed": N_("Seed committed"),
    "frozen": N_("List frozen"),
    "revealed": N_("Seed shown, drawn"),
    "commitment": N_("Commitment"),
    "list_hash": N_("Hash of the list"),
    "seal": N_("Seal of the proof"),
    "candidates": N_("Candidates"),
    "inspectors": N_("Inspectors"),
    "not_yet": N_("not yet"),
}
LIST: Final[Mapping[str, str]] = {
    **HASHES,
    "new": N_("New draw"),
    "nothing": N_("There is no draw yet."),
    "public": N_("What everybody can see of them"),
}
NEW: Final[Mapping[str, str]] = {
    "lead": N_(
        "First the seed is committed: its hash is published and can no longer be changed. The list of facilities is "
        "frozen after that, then the seed is shown and the lot falls."
    ),
    "day": N_("The day whose register and records count"),
    "count": N_("How many facilities"),
    "seed": N_("Seed"),
    "hint": N_("A text that nobody can guess, such as the numbers of dice thrown before witnesses. Keep it."),
    "save": N_("Commit the seed"),
    "cancel": N_("Cancel"),
    "weights": N_("Weights by record"),
}
ONE: Final[Mapping[str, str]] = {
    **HASHES,
    "back": N_("All draws"),
    "moments": N_("Order and hashes"),
    "seed": N_("Seed"),
    "nonce": N_("Nonce"),
    "drawn": N_("What was drawn"),
    "facility": N_("Facility"),
    "stratum": N_("Stratum"),
    "probability": N_("Probability"),
    "go": N_("Who goes there"),
    "recused": N_("Recused"),
    "nobody": N_("Too few inspectors are left; name more in a new draw."),
    "none_seen": N_("None of the facilities drawn is among those that you answer for."),
    "proof": N_("Download the proof"),
    "verify": N_("Anybody can compute the draw anew from it, with no access to this system: wangge draw verify FILE"),
    "run": N_("Freeze the list and draw"),
    "run_lead": N_("Type the seed that you committed, and choose who may be drawn."),
    "who": N_("Who may be drawn"),
    "interests": N_("Interests: codes of facilities, ; between"),
    "former": N_("Former employers: codes of facilities, ; between"),
    "two": N_("Two at least go to each facility."),
    "sweep": N_("Plan a sweep of these"),
    "waits": N_("The account that committed the seed draws with it."),
}
OPEN: Final[Mapping[str, str]] = {
    **HASHES,
    "lead": N_(
        "Which facilities are inspected and by whom is drawn by lot. The seed of each draw is committed as a hash "
        "before the list is frozen; whoever is shown a proof can hold it against the hashes here."
    ),
    "nothing": N_("There is no draw yet."),
    "back": N_("Who answers here"),
}


def list_row(row: Row) -> dict[str, Any]:
    """A draw for a list."""
    return {
        **row,
        "state_name": name_of(STATE_NAMES, row["state"]),
        "committed_at": _moment(row["committed_at"]),
        "frozen_at": _moment(row["frozen_at"]),
        "revealed_at": _moment(row["revealed_at"]),
    }


def facility_rows(row: Row) -> list[dict[str, Any]]:
    """The facilities that were drawn."""
    return [
        {
            **line,
            "stratum_name": name_of(STRATUM_NAMES, line["stratum"]),
            "share": f"{float(Fraction(line['probability'])):.2%}",
            "recused": [
                _("{inspector}: {reason}", inspector=one["inspector"], reason=name_of(REASON_NAMES, one["reason"]))
                for one in line["recused"]
            ],
        }
        for line in row["facilities"]
    ]


def weight_rows(weights: Mapping[str, int]) -> list[tuple[str, int]]:
    """Name and weight of each stratum, the heaviest first."""
    return [(name_of(STRATUM_NAMES, name), weight) for name, weight in sorted(weights.items(), key=lambda w: -w[1])]


def _moment(text: str | None) -> str | None:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S") if text else None

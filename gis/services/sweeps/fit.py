"""Which teams may go where: those with somebody who answers for the premises, and premises with a checklist for them.

The planner knows qualifications only. So a facility that not every team may go to asks for a qualification of its own,
which just those teams have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gis.analysis.sweeps.problem import Stop, Team, Unvisited
from gis.services.sweeps.document import DUTY


@dataclass(frozen=True)
class Fit:
    """Facility -> the teams that may go there, and facility -> why nobody may; one in neither is for every team."""

    able: Mapping[str, frozenset[str]] = field(default_factory=dict)
    barred: Mapping[str, str] = field(default_factory=dict)
    """A rule of `sweep_document.REASONS`."""

    def apply(
        self, stops: Sequence[Stop], teams: Sequence[Team]
    ) -> tuple[list[Stop], tuple[Team, ...], list[Unvisited]]:
        """The stops that somebody may go to, the teams, and what is left out with the reason."""
        everybody = frozenset(team.code for team in teams)
        kept, left, marks = [], [], dict[str, frozenset[str]]()
        for stop in stops:
            may = self.able.get(stop.code, everybody) & everybody
            rule = self.barred.get(stop.code) or ("" if may else "no-duty")
            if rule:
                left.append(Unvisited(stop.code, rule))
            elif may == everybody:
                kept.append(stop)
            else:
                mark = DUTY + " / ".join(sorted(may))
                marks[mark] = may
                kept.append(replace(stop, needs=stop.needs | {mark}))
        known = tuple(
            replace(team, skills=team.skills | {mark for mark, may in marks.items() if team.code in may})
            for team in teams
        )
        return kept, known, left

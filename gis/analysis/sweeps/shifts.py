"""From teams to shifts: each team on each day that it works, from home or from the lodging of the night before."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from gis.analysis.sweeps.problem import Night, Place, Shift, Team


def make_shifts(teams: Iterable[Team], days: Sequence[date], *, stay: bool) -> tuple[Shift, ...]:
    """One shift for each team and each of the days that it works; optional nights are spent away only if `stay`."""
    return tuple(
        _make_shift(team, day, stay=stay) for team in teams for day in sorted(days) if day not in team.days_off
    )


def count_nights(teams: Iterable[Team], *, stay: bool) -> int:
    """Nights spent away."""
    return sum(len(_nights(team, stay=stay)) for team in teams)


def all_places(teams: Iterable[Team]) -> tuple[Place, ...]:
    """Where teams may start or end, each once."""
    named = (place for team in teams for place in (team.start, team.end, *(night.place for night in team.nights)))
    return tuple(dict.fromkeys(named))


def _nights(team: Team, *, stay: bool) -> dict[date, Night]:
    return {night.after: night for night in team.nights if stay or not night.optional}


def _make_shift(team: Team, day: date, *, stay: bool) -> Shift:
    nights = _nights(team, stay=stay)
    before, after = nights.get(day - timedelta(days=1)), nights.get(day)
    start = before.place if before else team.start
    end = after.place if after else team.end
    return Shift(team.code, day, start, end, team.begins, team.ends, team.breaks, team.skills)

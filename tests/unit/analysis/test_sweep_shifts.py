"""Teams become shifts; nights at a lodging are spent where they make the sweep cheaper."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from gis.analysis.sweeps.engine import Budget
from gis.analysis.sweeps.plan import plan_best
from gis.analysis.sweeps.problem import Night, Place, Problem, Stop, Team, Travel
from gis.analysis.sweeps.shifts import all_places, count_nights, make_shifts
from tests.unit.analysis.sweep_town import FIRST, HOME

INN = Place("inn", 121.0, 28.0)
NEXT = FIRST + timedelta(days=1)
TEAM = Team("T", ("A", "B"), HOME, HOME, 480, 1080, nights=(Night(FIRST, INN),))


def test_a_night_away_joins_two_days() -> None:
    """With it the first day ends and the second begins at the lodging; without it both at home; days off are none."""
    away = make_shifts([TEAM], [FIRST, NEXT], stay=True)
    assert [(shift.start, shift.end) for shift in away] == [(HOME, INN), (INN, HOME)]
    home = make_shifts([TEAM], [FIRST, NEXT], stay=False)
    assert [(shift.start, shift.end) for shift in home] == [(HOME, HOME)] * 2
    always = replace(TEAM, nights=(Night(FIRST, INN, optional=False),))
    assert make_shifts([always], [FIRST, NEXT], stay=False) == away
    assert (count_nights([TEAM], stay=True), count_nights([TEAM], stay=False), count_nights([always], stay=False)) == (
        1,
        0,
        1,
    )
    assert len(make_shifts([replace(TEAM, days_off=frozenset({NEXT}))], [FIRST, NEXT], stay=False)) == 1
    assert all_places([TEAM]) == (HOME, INN)


def problems(far: int) -> list[Problem]:
    """Six stops beside the lodging, `far` minutes from home, at home and away; a night stands for an hour."""
    hours = dict.fromkeys((FIRST, NEXT), ((480, 1080),))
    stops = tuple(Stop(f"F{n}", f"F{n}", 121.0, 28.0, 120, hours, must=True) for n in range(6))
    minutes = np.full((8, 8), 5, dtype=np.int64)
    minutes[0, :] = minutes[:, 0] = far
    np.fill_diagonal(minutes, 0)
    travel = Travel((HOME, INN), minutes, (minutes * 500.0).astype(np.float64), True)
    return [
        Problem(stops, make_shifts([TEAM], [FIRST, NEXT], stay=stay), travel, balance=0.0, nights=60 * stay)
        for stay in (False, True)
    ]


def test_a_lodging_is_used_where_it_is_cheaper() -> None:
    """Two hours from home the night away wins, five minutes from home it does not; every stop is visited once."""
    far, plan = plan_best(problems(115), Budget(turns=60), seed=1)
    assert (far, len(plan.visits), plan.parts["nights"]) == (1, 6, 60)
    near, plan = plan_best(problems(5), Budget(turns=60), seed=1)
    assert (near, len(plan.visits), plan.parts["nights"]) == (0, 6, 0)

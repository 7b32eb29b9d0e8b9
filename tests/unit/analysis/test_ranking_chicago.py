"""The ranking on real visits: the premises and inspections of Chicago up to 2014-09-01."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.analysis.ranking.features import History
from gis.analysis.ranking.measure import brier, reliability
from gis.analysis.ranking.trial import learn

CHICAGO = Path(__file__).parents[4] / "shared" / "data" / "chicago"
ON = date(2014, 9, 1)


def read_chicago(folder: Path) -> History:
    """Its premises, licences and inspections as canonical frames; there are no machines."""
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", dtype="str") for name in ("facilities", "licences", "inspections")
    }
    for table in tables.values():
        for name in ("valid_from", "valid_to"):
            table[name] = table.get(name)
        days = [name for name in ("valid_from", "valid_to", "inspected_on") if name in table]
        table[days] = table[days].apply(pd.to_datetime).astype("datetime64[s]")
    for name in ("minor", "serious", "critical"):
        tables["inspections"][name] = tables["inspections"][name].astype("Int64")
    nothing = tables["licences"].iloc[:0].assign(serial="", operator_code="", qualification="")
    return History(tables["facilities"], tables["inspections"], tables["licences"], nothing, nothing)


@pytest.mark.real_data
@pytest.mark.skipif(not CHICAGO.exists(), reason="../shared/data is not there")
def test_chicago_is_ranked_by_the_model() -> None:
    """Out of sample, within inspectors' own lists, the model wins over the plain sum, over past critical and over
    random by more than two standard errors, and its scores are probabilities.
    """
    learned = learn(read_chicago(CHICAGO), ON)
    assert learned.chosen == "model"
    hit = learned.trials["critical"].to_numpy("bool")
    for other in ("plain_sum", "past_critical", "random"):
        gained = (learned.days["model"] - learned.days[other])[hit]
        assert gained.mean() > 2 * gained.std() / np.sqrt(len(gained)), other
    scores, serious = learned.trials["score"].to_numpy("float64"), learned.trials["serious"].to_numpy("bool")
    assert brier(scores, serious) < brier(np.full(len(serious), serious.mean()), serious)
    tenths = reliability(scores, serious)
    assert (tenths["expected"] - tenths["observed"]).abs().max() < 0.08

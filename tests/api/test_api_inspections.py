"""Inspection gaps over HTTP: those of the actor's own premises, in the documented form."""

import re

from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.models.inspections import InspectionGaps
from tests.access.conftest import fill
from tests.api.awkward import application, serve
from tests.api.people import bearer


def test_gaps_are_those_of_ones_own_premises(engine: Engine, database_url: str) -> None:
    """The chief of the district sees the facilities of both streets, the officer of one village those of it alone."""
    engine.dispose()
    town = fill(database_url)
    path = "/api/gaps/inspections?on=2026-11-01"
    for client in serve(application(database_url)):
        assert isinstance(client, TestClient)
        whole, own = (client.get(path, headers=bearer(town.tokens[name])).json() for name in ("chief", "officer"))
    for found in (whole, own):
        InspectionGaps.model_validate(found)
    everything = {row["area"]: row["registered"] for row in whole["by_area"]}
    assert {row["area"] for row in own["by_area"]} < set(everything)
    named = {*own["never"], *(row["facility"] for row in own["overdue"] + own["due_soon"])}
    assert "F1" not in own["never"], "it was inspected in April"
    assert "F2" not in named, "it stands in the next street"
    assert "F2" not in whole["never"]


def test_the_card_of_the_leader_says_what_the_gaps_say(engine: Engine, database_url: str) -> None:
    """Registered, within, overdue and never of an area are those of the API; the table ends with the day itself."""
    engine.dispose()
    town = fill(database_url)
    seen = set()
    for client in serve(application(database_url)):
        assert isinstance(client, TestClient)
        headers = bearer(town.tokens["chief"])
        for on in ("2026-11-01", "2026-04-01", "2026-03-31", "2029-01-01"):
            gaps = client.get(f"/api/gaps/inspections?on={on}", headers=headers).json()
            for row in gaps["by_area"]:
                html = client.get("/leader", params={"area": row["area"], "on": on}, headers=headers).text
                card = html.partition('id="inspected-title"')[2].partition("</dl>")[0]
                numbers = [int(text) for text in re.findall(r"<dd>(\d+)</dd>", card)]
                counts = (row["inspected"] - row["overdue"], row["overdue"], row["registered"] - row["inspected"])
                if row["registered"]:
                    assert numbers == [row["registered"], *counts], (on, row)
                    assert f'<th scope="row">{on}</th>' in html
                    seen.add(tuple(number > 0 for number in counts))
    assert len(seen) > 2, "the control: there were areas in several states"

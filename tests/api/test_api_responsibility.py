"""Who answers for a place, and the gaps: the keys of the contract."""

from starlette.testclient import TestClient

from api.models import register as models

GAPS = {"on", "known", "vacant", "doubled", "holes", "overlaps", "outside", "orphans", "workload"}


def test_who_answers_nearest_first(client: TestClient) -> None:
    """The chain climbs from the place to the district; it names the day and the moment."""
    body = client.get("/api/who/330302001001?on=2025-03-01").json()
    assert set(body) >= {"target", "on", "known", "chain"}
    assert (body["target"], body["on"]) == ("330302001001", "2025-03-01")
    assert set(body["chain"][0]) >= {"area", "level", "officer", "role", "from", "to"}
    assert [link["officer"] for link in body["chain"]] == ["L02", "L01", "L01"]
    assert [link["area"] for link in body["chain"]] == ["330302001001", "330302001", "330302"]
    for link in body["chain"]:
        models.Link.model_validate({key: link[key] for key in ("area", "level", "officer", "role", "from", "to")})


def test_a_vacant_level_has_no_officer(client: TestClient) -> None:
    """Where an assignment ended, the level stays in the chain with officer null."""
    before = client.get("/api/who/330302002?on=2024-12-31").json()["chain"]
    after = client.get("/api/who/330302002?on=2025-01-01").json()["chain"]
    assert before[0]["officer"] == "L02"
    assert after[0]["officer"] is None


def test_a_facility_is_answered_for_by_the_areas_that_hold_it(client: TestClient) -> None:
    """A facility's chain ends with its district too."""
    chain = client.get("/api/who/F1?on=2025-03-01").json()["chain"]
    assert {"330302001001", "330302"} <= {link["area"] for link in chain}


def test_gaps_name_each_planted_fault(client: TestClient) -> None:
    """Vacant area, overlap, hole and orphan of the district are all reported, in true square metres."""
    gaps = client.get("/api/gaps/responsibility?on=2025-03-01").json()
    models.ResponsibilityGaps.model_validate(gaps)
    assert set(gaps) >= GAPS
    assert "timeline" not in gaps
    assert "geometry" not in gaps
    assert gaps["on"] == "2025-03-01"
    assert {"330302002", "330302003", "330302001002"} <= set(gaps["vacant"])
    assert {(o["a"], o["b"]) for o in gaps["overlaps"]} == {("330302001001", "330302001002")}
    assert 1e6 < gaps["overlaps"][0]["area_m2"] < 1.2e6
    assert "330302" in {hole["parent"] for hole in gaps["holes"]}
    assert "F9" in gaps["orphans"]
    assert {row["officer"] for row in gaps["workload"]} == {"L01", "L02"}


def test_the_timeline_is_the_proof_over_time(client: TestClient) -> None:
    """With from and to, each area's periods follow one another from the first day to the last."""
    gaps = client.get("/api/gaps/responsibility?from=2024-06-01&to=2025-06-01").json()
    stretches = [s for s in gaps["timeline"] if s["target"] == "330302002"]
    assert [(s["from"], s["to"], s["state"]) for s in stretches] == [
        ("2024-06-01", "2025-01-01", "covered"),
        ("2025-01-01", "2025-06-01", "vacant"),
    ]


def test_the_shapes_of_faults_come_when_asked_for(client: TestClient) -> None:
    """With geometry=true holes, overlaps and outsides come as a FeatureCollection."""
    shapes = client.get("/api/gaps/responsibility?on=2025-03-01&geometry=true").json()["geometry"]
    models.FeatureCollection.model_validate(shapes)
    assert {f["properties"]["kind"] for f in shapes["features"]} >= {"hole", "overlap"}
    assert all(f["geometry"]["type"].endswith("Polygon") for f in shapes["features"])

"""Whatever a request says, the answer is a document in one of the documented forms, never a fault of ours."""

from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

PATHS = (
    "/api/areas",
    "/api/areas/330302001001",
    "/api/areas/330302/history",
    "/api/facilities",
    "/api/facilities/F1",
    "/api/who/F1",
    "/api/gaps/responsibility",
    "/tiles/grid/8/213/107",
    "/tiles/facilities/8/213/107",
)
NAMES = (
    "q",
    "level",
    "parent",
    "bbox",
    "on",
    "known",
    "limit",
    "offset",
    "geometry",
    "from",
    "to",
    "kind",
    "area",
    "lang",
)

number = st.one_of(st.integers(-5, 1005), st.integers(), st.floats()).map(str)
day = st.one_of(
    st.dates().map(str),
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(["0001-01-01", "9999-12-31", "2024-02-30", "infinity", "now", "today"]),
)
box = st.lists(st.floats(-200, 200) | st.sampled_from([float("nan"), float("inf")]), min_size=3, max_size=5).map(
    lambda parts: ",".join(map(str, parts))
)
text = st.text(max_size=20) | st.sampled_from(["%", "_", "\\", "'", '"', "\x00", "鹿城", "{code}", "330302", "grid"])
value = st.one_of(number, day, box, text)
query = st.dictionaries(st.sampled_from(NAMES), value, max_size=5)
sound = st.fixed_dictionaries(
    {},
    optional={
        "on": st.dates().map(str),
        "known": st.datetimes().map(lambda moment: moment.isoformat()),
        "q": st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=9),
        "limit": st.integers(1, 1000),
        "offset": st.integers(0, 2**31 - 1),
        "geometry": st.sampled_from(["true", "false"]),
        "bbox": st.tuples(st.floats(-180, 0), st.floats(-90, 0), st.floats(0, 180), st.floats(0, 90)).map(
            lambda edges: ",".join(map(str, edges))
        ),
    },
)
patient = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@patient
@given(path=st.sampled_from(PATHS), values=query)
def test_no_parameter_makes_a_fault_of_ours(client: TestClient, path: str, values: dict[str, str]) -> None:
    """Any text in any parameter is answered with 2xx, or 4xx in the one format."""
    answer = client.get(f"{path}?{urlencode(values, errors='surrogatepass')}")
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()) == {"error", "message", "details"}


@patient
@given(path=st.sampled_from(["/api/areas", "/api/facilities"]), values=sound)
def test_every_sound_request_is_answered(client: TestClient, path: str, values: dict[str, object]) -> None:
    """Parameters within their documented bounds are always accepted."""
    answer = client.get(f"{path}?{urlencode(values)}")
    assert answer.status_code == 200, answer.text


@patient
@given(code=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_code_is_found_or_not(client: TestClient, code: str) -> None:
    """A path may hold any character; an answer is a record or an error in the one format."""
    for family in ("areas", "facilities", "who"):
        answer = client.get(f"/api/{family}/{quote(code, safe='')}")
        assert answer.status_code in (200, 404, 422), answer.text

"""Frames become JSON without a value changing on the way."""

import json
import math
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from api.frames import boxes, feature_collection, geometry, records, to_json

texts = st.lists(st.text(max_size=8) | st.none(), max_size=5)
numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), max_size=5)


def test_every_kind_of_missing_is_null() -> None:
    """NaN, NaT, pd.NA and None all become null; whole numbers stay whole."""
    frame = pd.DataFrame(
        {
            "text": pd.Series(["x", None], dtype="str"),
            "whole": pd.Series([3, None], dtype="Int64"),
            "real": pd.Series([0.1, np.nan]),
            "day": pd.Series(pd.to_datetime(pd.Series(["2024-02-29", None], dtype="str")), dtype="datetime64[s]"),
            "flag": pd.Series([True, False]),
        }
    )
    assert json.loads(to_json(records(frame))) == [
        {"text": "x", "whole": 3, "real": 0.1, "day": "2024-02-29", "flag": True},
        {"text": None, "whole": None, "real": None, "day": None, "flag": False},
    ]


def test_days_and_moments_are_iso_text() -> None:
    """A day has no time, a moment has its offset; the first and last year keep four digits."""
    frame = pd.DataFrame(
        {
            "day": pd.Series(np.array(["0001-01-01", "9999-12-31"], dtype="datetime64[s]")),
            "moment": pd.to_datetime(pd.Series(["2024-01-01T08:00:00+00:00", None], dtype="str"), utc=True),
        }
    )
    assert records(frame) == [
        {"day": "0001-01-01", "moment": "2024-01-01T08:00:00+00:00"},
        {"day": "9999-12-31", "moment": None},
    ]
    assert to_json({"on": date(2024, 1, 1), "known": datetime(2024, 1, 1, tzinfo=UTC), "n": np.int64(3)}) == (
        '{"on":"2024-01-01","known":"2024-01-01T00:00:00+00:00","n":3}'
    )


@settings(deadline=None)
@given(texts, numbers)
def test_values_survive(words: list[str | None], reals: list[float | None]) -> None:
    """Whatever text or number goes in comes out again."""
    frame = pd.DataFrame({"word": pd.Series(words, dtype=object)})
    assert [row["word"] for row in json.loads(to_json(records(frame)))] == words
    frame = pd.DataFrame({"real": pd.Series(reals, dtype=float)})
    assert [row["real"] for row in json.loads(to_json(records(frame)))] == reals


def test_a_number_that_is_none_is_a_fault_of_ours() -> None:
    """NaN has no JSON: better a refusal than a document that no reader takes."""
    with pytest.raises(ValueError, match="JSON"):
        to_json({"share": math.nan})


def test_geometry_and_its_absence() -> None:
    """Shapes keep every corner; a row without one has null, and no box."""
    shapes = [shapely.box(120, 28, 120.1, 28.2), None]
    frame = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=shapes, crs="EPSG:4326")
    assert boxes(frame) == [[120, 28, 120.1, 28.2], None]
    collection = json.loads(feature_collection(frame, records(frame), total=2))
    assert collection["total"] == 2
    assert shapely.from_geojson(json.dumps(collection["features"][0]["geometry"])).equals(shapes[0])
    assert collection["features"][1] == {"type": "Feature", "properties": {"code": "b"}, "geometry": None}
    assert geometry(frame.iloc[[1]]) is None


def test_no_rows_are_an_empty_list() -> None:
    """An empty frame has no records, no boxes and no features."""
    frame = gpd.GeoDataFrame({"code": pd.Series([], dtype="str")}, geometry=[], crs="EPSG:4326")
    assert (records(frame), boxes(frame)) == ([], [])
    assert json.loads(feature_collection(frame, []))["features"] == []

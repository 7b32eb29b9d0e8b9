"""Answers that are kept: once made, bounded by what they weigh."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.services.kept import ENTRY_BYTES, Kept, weigh


def test_what_is_kept_is_not_made_again() -> None:
    """The second who asks gets the first one's answer; another key has its own."""
    kept = Kept(10**6)
    assert [kept.get("a", lambda: 1), kept.get("a", lambda: 2), kept.get("b", lambda: 3)] == [1, 1, 3]


def test_the_weight_is_bounded_and_the_oldest_go_first() -> None:
    """However much is asked for, no more than the limit is held; what was used lately stays."""
    kept = Kept(5 * (ENTRY_BYTES + 10_000))
    for number in range(20):
        kept.get(number, lambda: bytes(9_900))
        kept.get(0, lambda: bytes(9_900))
    assert kept.weight <= 5 * (ENTRY_BYTES + 10_000)
    assert len(kept) == 5
    again = kept.get(0, lambda: b"")
    assert len(again) == 9_900
    assert kept.get(1, lambda: b"") == b""


def test_many_who_ask_at_once_wait_for_one() -> None:
    """An answer is made once, however many ask while it is being made."""
    kept, go, made = Kept(10**6), Event(), []

    def make() -> int:
        made.append(1)
        go.wait(5)
        return 7

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(kept.get, "a", make) for _number in range(4)]
        go.set()
        assert [each.result() for each in asked] == [7] * 4
    assert len(made) == 1


def test_what_fails_is_not_kept() -> None:
    """An error goes to who asked; the next one tries again."""
    kept = Kept(10**6)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1


def test_frames_weigh_what_their_shapes_hold() -> None:
    """A polygon of many corners weighs by its coordinates, 16 bytes each."""
    circle = shapely.Point(0, 0).buffer(1, quad_segs=5000)
    few = gpd.GeoDataFrame({"code": ["a"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    many = gpd.GeoDataFrame({"code": ["a"]}, geometry=[circle], crs=4326)
    assert weigh(many) - weigh(few) == 16 * (shapely.get_num_coordinates(circle) - 5)
    assert weigh({"x": [many, few]}) > weigh(many) + weigh(few)
    assert weigh(np.zeros(10_000)) > 80_000

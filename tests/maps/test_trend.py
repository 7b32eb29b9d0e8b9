"""The picture of a share over time: where its points stand, and its band."""

import pytest

from maps.trend import HEIGHT, WIDTH, draw_trend

Row = dict[str, float | str | None]


def rows(*shares: float | None, half: float | None = None) -> list[Row]:
    """Months with these shares, and an interval of `half` to each side."""
    plain: list[Row] = [{"day": f"2026-{n + 1:02}-28", "share": share} for n, share in enumerate(shares)]
    if half is None:
        return plain
    for row, share in zip(plain, shares, strict=True):
        row.update({"low": None, "high": None} if share is None else {"low": share - half, "high": share + half})
    return plain


def corners(path: str) -> list[tuple[float, float]]:
    """The points of a line or polygon."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in path.split())]


@pytest.mark.parametrize("shares", [(0.0,), (1.0,), (1.0, 1.0), (0.0, 1.0), (0.31, 0.32, 0.33)])
def test_every_point_is_inside_the_picture(shares: tuple[float, ...]) -> None:
    """Whatever the shares, also where all are the same; higher shares stand higher."""
    chart = draw_trend(rows(*shares))
    assert all(0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in chart.points)
    heights = [point.y for point in chart.points]
    assert heights == sorted(heights, reverse=True)
    assert chart.ticks[0].y > chart.ticks[-1].y


def test_the_band_goes_around_the_line() -> None:
    """Its upper side stands above each point and its lower side beneath; without intervals there is none."""
    chart = draw_trend(rows(0.4, 0.5, 0.6, half=0.1))
    around, line = corners(chart.band), corners(chart.line)
    assert len(around) == 2 * len(line)
    for (x, y), upper, lower in zip(line, around, reversed(around), strict=False):
        assert upper[0] == lower[0] == x
        assert upper[1] < y < lower[1]
    assert draw_trend(rows(0.4, 0.5)).band == ""


def test_a_month_that_is_not_known_leaves_its_place_empty() -> None:
    """The others stay where they are in time; with none known nothing is drawn."""
    chart = draw_trend(rows(0.4, None, 0.6, half=0.1))
    whole = draw_trend(rows(0.4, 0.5, 0.6, half=0.1))
    assert [point.x for point in chart.points] == [whole.points[0].x, whole.points[2].x]
    assert draw_trend(rows(None, None)).points == []

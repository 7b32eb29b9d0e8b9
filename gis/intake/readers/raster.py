"""GeoTIFF of residents: each pixel with people is a row, at its middle.

A band is named by its description (`population`, `women_15_19`, or another header of the source); the one band of a
file without descriptions is the residents. Where a file has one band and `population` in its name, and a file with
`women_15_19` in the place of that word lies beside it, the seven files of women are read with it. Pixels finer than 250
m are added up in blocks, so that nothing finer ever leaves this process. Pixels without data have nobody.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from gis.intake.readers.channel import GEOMETRY, N_, Job, Output, Refused, fold
from gis.intake.readers.shapes import to_wkb

KIND: Final = "population"
AGES: Final = tuple(f"women_{age}_{age + 4}" for age in range(15, 50, 5))
"""As in `gis.tables`, which is too slow to be imported here."""
FINEST_METRES: Final = 250.0
MOST_VALUES: Final = 60_000_000
"""Pixels times bands."""
DECIMALS: Final = 6

_METRES_PER_DEGREE: Final = 111_320.0
_NEARLY: Final = 0.999
_STRIP: Final = 2_000_000
_TOLD: Final = ("AREA_OR_POINT",)
_ENVIRONMENT: Final = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GDAL_CACHEMAX": 16}

Band = tuple[Any, int]
"""An open file and the number of a band in it."""
Floats = NDArray[np.float64]


def read(job: Job, output: Output) -> None:
    """Send the cells. Raises Refused for what is no GeoTIFF, too large, turned, unnamed or nowhere."""
    if job.kind != KIND:
        raise Refused(N_("{file} is a raster, and only residents are read from rasters. Use a table or a map."))
    try:
        with rasterio.Env(**_ENVIRONMENT), ExitStack() as stack:
            bands = _find_bands(job, stack)
            first = bands["population"][0]
            _check_grid(first, bands)
            output.crs = first.crs.to_wkt()
            step = _blocks(first)
            output.evidence["raster"] = {"pixels": [first.width, first.height], "pixels_of_a_cell": list(step)}
            _send_tags(bands, output)
            _send_cells(bands, step, output)
    except MemoryError:
        raise
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise Refused(N_("{file} is no readable GeoTIFF: it is cut off or damaged. Save it again.")) from error


def _open(path: Path, stack: ExitStack) -> Any:  # noqa: ANN401
    return stack.enter_context(rasterio.open(path, driver="GTiff"))


def _find_bands(job: Job, stack: ExitStack) -> dict[str, Band]:
    """Canonical column -> band."""
    path = Path(job.path)
    first = _open(path, stack)
    if first.count == 1 and job.words.get(fold(first.descriptions[0] or "")) is None:
        return {"population": (first, 1), **_find_siblings(path, stack)}
    bands: dict[str, Band] = {}
    for number, name in enumerate(first.descriptions, 1):
        column = job.words.get(fold(name or ""))
        if column not in (KIND, *AGES) or column in bands:
            raise Refused(
                N_("{file}: band {number} has no name of its own that is known. Describe the bands as {names}."),
                number=number,
                names=", ".join((KIND, *AGES)),
            )
        bands[column] = (first, number)
    if KIND not in bands:
        raise Refused(N_("{file} has no band of residents. Describe one of its bands as {names}."), names=KIND)
    return bands


def _find_siblings(path: Path, stack: ExitStack) -> dict[str, Band]:
    """The seven files of women beside a file of residents; none where there is none."""
    beside = {age: path.with_name(path.name.replace(KIND, age)) for age in AGES}
    there = [age for age, file in beside.items() if file != path and file.is_file()]
    if not there:
        return {}
    missing = [file.name for age, file in beside.items() if age not in there]
    if missing:
        raise Refused(N_("{file}: of the files of women beside it {names} are missing."), names=", ".join(missing))
    return {age: (_open(file, stack), 1) for age, file in beside.items()}


def _check_grid(first: Any, bands: dict[str, Band]) -> None:  # noqa: ANN401
    """All bands on one upright grid that is not too large and says where it is."""
    if first.crs is None:
        raise Refused(N_("{file} states no coordinate reference system. Save it with one."))
    if first.transform.b or first.transform.d or first.transform.is_identity:
        raise Refused(N_("{file} is turned, or says nothing about its place. Save it north up."))
    if first.width * first.height * len(bands) > MOST_VALUES:
        raise Refused(N_("{file} has more than {count} pixels. Cut the district out of it."), count=MOST_VALUES)
    for file, _number in bands.values():
        if (file.shape, file.transform, file.crs) != (first.shape, first.transform, first.crs):
            raise Refused(N_("{file}: the files of women beside it have another grid. Save all on one grid."))


def _blocks(first: Any) -> tuple[int, int]:  # noqa: ANN401
    """How many rows and columns of pixels make a cell that is not too fine."""
    wide, high = abs(first.transform.a), abs(first.transform.e)
    if first.crs.is_geographic:
        middle = first.transform.f + first.transform.e * first.height / 2
        wide, high = wide * _METRES_PER_DEGREE * np.cos(np.radians(middle)), high * _METRES_PER_DEGREE
    else:
        factor = first.crs.linear_units_factor[1]
        wide, high = wide * factor, high * factor
    rows, columns = (max(1, int(np.ceil(FINEST_METRES * _NEARLY / max(side, 1e-3)))) for side in (high, wide))
    return min(rows, first.height), min(columns, first.width)


def _send_tags(bands: dict[str, Band], output: Output) -> None:
    """Texts in the files are read by whoever looks for persons."""
    tags: dict[tuple[str, str], None] = {}
    for file, number in bands.values():
        for key, value in {**file.tags(), **file.tags(number)}.items():
            if key not in _TOLD and not key.startswith("STATISTICS_"):
                tags[(key, str(value))] = None
    if tags:
        output.send_texts(["tag", "value"], list(tags), place="tags")


def _send_cells(bands: dict[str, Band], step: tuple[int, int], output: Output) -> None:
    first = bands[KIND][0]
    sent = False
    for top, sums in _read_strips(bands, step):
        row, column = np.nonzero((np.stack(list(sums.values())) > 0).any(axis=0))
        if len(row) or not sent:
            amounts = {name: total[row, column] for name, total in sums.items()}
            output.send(_table(first, top + row, column, step, amounts))
            sent = True


def _read_strips(bands: dict[str, Band], step: tuple[int, int]) -> Iterator[tuple[int, dict[str, Floats]]]:
    """(number of the first row of cells, sums by column): a few rows of cells at a time."""
    first = bands[KIND][0]
    rows = max(1, _STRIP // (first.width * step[0]))
    for top in range(0, first.height, rows * step[0]):
        window = Window(0, top, first.width, min(rows * step[0], first.height - top))
        yield top // step[0], {name: _sum_blocks(file, number, window, step) for name, (file, number) in bands.items()}


def _sum_blocks(file: Any, number: int, window: Window, step: tuple[int, int]) -> Floats:  # noqa: ANN401
    """Sums of blocks of pixels; pixels without data count 0. Raises Refused for one below 0."""
    values = np.nan_to_num(file.read(number, window=window, masked=True).filled(0).astype(np.float64))
    if (values < 0).any():
        raise Refused(N_("{file} has pixels below 0. Set its no-data value, or correct them."))
    sums = np.add.reduceat(values, np.arange(0, values.shape[0], step[0]), axis=0)
    return np.asarray(np.add.reduceat(sums, np.arange(0, values.shape[1], step[1]), axis=1))


def _table(
    first: Any,  # noqa: ANN401
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    step: tuple[int, int],
    amounts: dict[str, Floats],
) -> pa.Table:
    """Rows of text with their points: the middle of the pixels of each cell."""
    middle = [
        (np.minimum((at + 1) * size, most) + at * size) / 2
        for at, size, most in ((row, step[0], first.height), (column, step[1], first.width))
    ]
    x = first.transform.c + first.transform.a * middle[1]
    y = first.transform.f + first.transform.e * middle[0]
    codes = [f"r{r:05d}c{c:05d}" for r, c in zip(row.tolist(), column.tolist(), strict=True)]
    texts = {name: pa.array(np.round(values, DECIMALS)).cast(pa.string()) for name, values in amounts.items()}
    points = np.asarray(shapely.points(x, y), dtype=object).reshape(-1)
    return pa.table({"cell": pa.array(codes, pa.string()), **texts, GEOMETRY: to_wkb(points)})

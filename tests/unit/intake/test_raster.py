"""Rasters of residents: every pixel's people arrive, at the right place, and never finer than 250 m."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio import Affine

from gis.errors import DataRejected, FirewallRefused
from gis.intake.firewall import inspect
from gis.intake.normalise import normalise
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.tables import WOMEN
from gis.texts import use_language

SOURCE = load_source("population")
EAST, NORTH = 500_000.0, 3_166_000.0


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts in English."""
    with use_language("en"):
        yield


def write(path: Path, *bands: Any, side: float = 500, names: tuple[str, ...] = (), **more: Any) -> Path:
    """A GeoTIFF in UTM zone 51 north with these bands."""
    values = np.stack([np.asarray(band, dtype="float32") for band in bands])
    profile = {"driver": "GTiff", "count": len(values), "height": values.shape[1], "width": values.shape[2]}
    profile |= {"dtype": "float32", "crs": "EPSG:32651", "transform": Affine(side, 0, EAST, 0, -side, NORTH), **more}
    tags = profile.pop("tags", {})
    with rasterio.open(path, "w", **profile) as file:
        file.write(values)
        file.update_tags(**tags)
        for number, name in enumerate(names, 1):
            file.set_band_description(number, name)
    return path


def load(path: Path) -> gpd.GeoDataFrame:
    """The canonical cells of a file that the firewall let pass."""
    raw = read_file(path, SOURCE)
    inspect(raw, SOURCE)
    done = normalise(raw, SOURCE, datum=None, areas=None)
    assert [p for p in done.problems if p.severity == "error"] == []
    return gpd.GeoDataFrame(done.frame)


def test_pixels_with_people_become_cells(tmp_path: Path) -> None:
    """One band without a name is the residents; empty pixels and those without data are left out."""
    cells = load(write(tmp_path / "x.tif", [[10, 0, -9], [0, 0.5, 7]], nodata=-9))
    assert cells["population"].tolist() == [10, 0.5, 7]
    assert cells["cell"].tolist() == ["r00000c00000", "r00001c00001", "r00001c00002"]
    assert cells[list(WOMEN)].isna().all(axis=None)
    first = cells.to_crs(32651).geometry.iloc[0]
    assert (first.x, first.y) == pytest.approx((EAST + 250, NORTH - 250), abs=0.01)


def test_bands_are_known_by_their_names(tmp_path: Path) -> None:
    """Bands in any order, described by column names, give residents and women."""
    people = np.full((2, 2), 100.0)
    names = (*WOMEN, "population")
    cells = load(write(tmp_path / "x.tif", *[people / 100 * n for n in range(1, 8)], people, names=names))
    assert cells[["population", *WOMEN]].iloc[0].tolist() == [100, 1, 2, 3, 4, 5, 6, 7]


def test_files_of_women_beside_it_are_read_with_it(tmp_path: Path) -> None:
    """One file for each age group, on the same grid, with the name of the group in the place of the residents."""
    path = write(tmp_path / "town_population.tif", [[100, 50]])
    for number, name in enumerate(WOMEN, 1):
        write(tmp_path / f"town_{name}.tif", [[number, 0]])
    assert load(path)[list(WOMEN)].to_numpy().tolist() == [[1, 2, 3, 4, 5, 6, 7], [0] * 7]
    write(tmp_path / "town_women_45_49.tif", [[1, 2, 3]])
    with pytest.raises(DataRejected, match="another grid"):
        load(path)
    (tmp_path / "town_women_45_49.tif").unlink()
    with pytest.raises(DataRejected, match=r"town_women_45_49\.tif"):
        load(path)


@pytest.mark.parametrize("side", [100.0, 90.0, 30.0])
def test_nothing_finer_than_250_metres_arrives(tmp_path: Path, side: float) -> None:
    """Finer pixels are added up in blocks; nobody is lost, also where the blocks do not fit."""
    people = np.arange(400, dtype=float).reshape(20, 20)
    cells = load(write(tmp_path / "x.tif", people, side=side))
    across = -(-20 // int(np.ceil(250 / side)))
    assert len(cells) == across**2
    assert cells["population"].sum() == people.sum()


def test_control_250_metres_stay(tmp_path: Path) -> None:
    """Pixels of 250 m, and of 1 km in degrees, are cells as they are."""
    assert len(load(write(tmp_path / "x.tif", np.ones((20, 20)), side=250.0))) == 400
    degrees = {"crs": "EPSG:4326", "transform": Affine(1 / 120, 0, 120, 0, -1 / 120, 28.7)}
    cells = load(write(tmp_path / "y.tif", np.ones((3, 3)), **degrees))
    assert (cells.geometry.x.iloc[0], cells.geometry.y.iloc[0]) == pytest.approx((120 + 1 / 240, 28.7 - 1 / 240))


@pytest.mark.parametrize(
    ("bands", "more", "said"),
    [
        ([[[1, -1]]], {}, "below 0"),
        ([[[1]]], {"crs": None}, "no coordinate reference system"),
        ([[[1]], [[1]]], {}, "band 1 has no name"),
        ([[[1]], [[1]]], {"names": ("population", "population")}, "band 2"),
        ([[[1]], [[1]]], {"names": WOMEN[:2]}, "no band of residents"),
        ([[[1]]], {"transform": Affine(500, 5, EAST, 5, -500, NORTH)}, "north up"),
    ],
)
def test_a_raster_that_cannot_be_is_one_clear_message(
    tmp_path: Path, bands: list[Any], more: dict[str, Any], said: str
) -> None:
    """Negative pixels, no reference system, unnamed bands, a turned grid."""
    path = write(tmp_path / "x.tif", *bands, **more)
    with pytest.raises(DataRejected, match=said):
        read_file(path, SOURCE)


def test_noise_and_other_kinds_are_refused(tmp_path: Path) -> None:
    """What only has the ending of a raster, a cut file, and areas as a raster."""
    noise = tmp_path / "n.tif"
    noise.write_bytes(b"II*\x00" + bytes(range(256)) * 8)
    with pytest.raises(DataRejected, match=r"n\.tif"):
        read_file(noise, SOURCE)
    path = write(tmp_path / "x.tif", np.random.default_rng(1).random((300, 300)))
    with pytest.raises(DataRejected, match="only residents"):
        read_file(path, load_source("areas"))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataRejected, match=r"x\.tif"):
        read_file(path, SOURCE)


def test_texts_in_a_raster_are_read_by_the_firewall(tmp_path: Path) -> None:
    """A resident number in a tag refuses the file; the control without it passes."""
    number = "11010519491231002X"
    path = write(tmp_path / "x.tif", [[1]], tags={"note": f"contact {number}"})
    with pytest.raises(FirewallRefused):
        load(path)
    assert len(load(write(tmp_path / "y.tif", [[1]], tags={"note": "census"}))) == 1

"""`wangge national access`: parts give what one process gives, bit by bit, whatever becomes of the workers."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask_geopandas
import pandas as pd
import pytest

from gis.analysis.access.measure import compute_access
from gis.analysis.access.weights import parse_weights
from gis.errors import DataRejected
from gis.roles import SYSTEM
from gis.services.care.access_table import Asked
from gis.services.care.national import make_job, national_access
from gis.services.care.national_crew import Alone, Workers, crew_of
from gis.texts import use_language
from tests.cli.national_country import Country, make_country
from tests.cli.test_clusters import Run, wangge

__all__ = ["wangge"]
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")
"""Of dask, which reads the result as a user would."""
GAUSSIAN = Asked(40.0, "e2sfca", "gaussian:17")
THREE = Asked(40.0, "3sfca", "power:-1")


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return make_country(tmp_path)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two processes."""
    with crew_of(cluster=None, workers=2) as crew:
        assert isinstance(crew, Workers)
        yield crew


def job(country: Country, asked: Asked, out: str = "out") -> Any:
    """The job of a country."""
    folder = country.folder
    return make_job(folder / "demand", folder / "supply.parquet", folder / "times", folder / out, asked)


def whole(country: Country, asked: Asked) -> pd.DataFrame:
    """One process over all rows at once."""
    weights = parse_weights(asked.weights, minutes=asked.minutes)
    return compute_access(
        country.demand,
        country.supply,
        country.times,
        minutes=asked.minutes,
        method=asked.method,
        weights=weights,
        choice=asked.choice,
    )


def result(folder: Path) -> pd.DataFrame:
    """All parts of a result, opened as a user of dask-geopandas opens them."""
    found: pd.DataFrame = dask_geopandas.read_parquet(folder).compute().set_index("cell").sort_index()
    return found


@pytest.mark.parametrize("asked", [GAUSSIAN, THREE])
def test_parts_give_what_one_process_gives_to_the_last_bit(country: Country, workers: Workers, asked: Asked) -> None:
    """On workers, and part by part in this process; geometry goes along."""
    expected = whole(country, asked)
    for out, crew in (("alone", Alone()), ("workers", workers)):
        found = national_access(SYSTEM, job(country, asked, out), crew)
        frame = result(country.folder / out)
        pd.testing.assert_frame_equal(frame[list(expected)], expected, check_exact=True)
        assert frame.geometry.crs.to_epsg() == 4326
        assert (found["cells"], found["parts"], found["unreachable_cells"]) == (400, 5, 1)
    cut = make_country(country.folder / "other", parts=11)
    national_access(SYSTEM, job(cut, asked), Alone())
    again = whole(cut, asked)
    pd.testing.assert_frame_equal(result(cut.folder / "out")[list(again)], again, check_exact=True)


def test_a_lost_worker_changes_nothing(country: Country) -> None:
    """One of two processes is killed when it holds parts that are needed again: the same bits, and the same sums."""
    expected = national_access(SYSTEM, job(country, GAUSSIAN, "before"), Alone())
    killed: list[int] = []
    with crew_of(cluster=None, workers=2) as crew:
        assert isinstance(crew, Workers)

        def kill_one(step: str) -> None:
            if step.startswith(("Added up 1 ", "已累计 1")) and not killed:
                killed.extend(crew.ask(os.getpid))
                os.kill(killed[0], signal.SIGKILL)

        found = national_access(SYSTEM, job(country, GAUSSIAN), crew, progress=kill_one)
        survivors = set(crew.ask(os.getpid))
    assert len(killed) == 2
    assert killed[0] not in survivors
    assert {**found, "out": ""} == {**expected, "out": ""}
    pd.testing.assert_frame_equal(
        result(country.folder / "out"), result(country.folder / "before"), check_exact=True, check_like=False
    )


def test_the_command_prints_what_it_came_to(wangge: Run, country: Country) -> None:
    """As JSON; a second time the folder is there already, and nothing is overwritten."""
    command = [*country.words("out"), "--workers", "0", "--minutes", "40", "--format", "json"]
    done = wangge(*command)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["people"] == pytest.approx(country.demand.sum())
    assert found["unreachable_people"] == country.demand["C00007"]
    assert sorted(p.name for p in (country.folder / "out").iterdir()) == [f"part.{k}.parquet" for k in range(5)]
    again = wangge(*command)
    assert (again.code, again.out) == (2, "")
    assert "exists already" in again.err


def test_no_scheduler_is_said_so(wangge: Run, country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers at the address."""
    monkeypatch.setattr("gis.services.care.national_crew._SECONDS_TO_ANSWER", 1)
    done = wangge(*country.words("out"), "--cluster", "tcp://127.0.0.1:9")
    assert done.code == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in done.err


Spoil = Callable[[Country], object]


def changed(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    """Writes a file anew after a change."""

    def spoil(country: Country) -> None:
        path = country.folder / name
        change(pd.read_parquet(path)).to_parquet(path, index=False)

    return spoil


TIMES, DEMAND = "times/part.1.parquet", "demand/part.1.parquet"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (changed(TIMES, lambda f: f.assign(minutes=-1.0)), "part.1.parquet: Row 1, column minutes: -1.0 is below 0"),
        (changed(TIMES, lambda f: f.assign(minutes="x")), "part.1.parquet: the column minutes has another type"),
        (changed(TIMES, lambda f: f.drop(columns="minutes")), "part.1.parquet: the column minutes is missing"),
        (changed(TIMES, lambda f: f.assign(origin="C00000")), "C00000 is no cell of the demand"),
        (changed(TIMES, lambda f: pd.concat([f, f[:1]])), "stands in a row before too"),
        (changed(DEMAND, lambda f: f.assign(demand=float("nan"))), "Row 1, column demand: this cell may not be empty"),
        (changed(DEMAND, lambda f: f.assign(cell=["C00000", *f["cell"][1:]])), "no cell of the demand"),
        (changed(DEMAND, lambda f: f.assign(孕妇姓名="王")), "孕妇姓名"),
        (changed("supply.parquet", lambda f: f.assign(capacity=0)), "supply.parquet: Row 1, column capacity"),
        (changed("supply.parquet", lambda f: pd.concat([f, f])), "supply.parquet: Row 61, column site"),
        (lambda c: (c.folder / TIMES).unlink(), "lacks part.1.parquet"),
        (lambda c: (c.folder / DEMAND).unlink(), "lacks part.1.parquet"),
        (lambda c: (c.folder / DEMAND).write_bytes(b"no"), "cannot be read as parquet"),
        (lambda c: (c.folder / "supply.parquet").unlink(), "supply.parquet does not exist"),
    ],
)
def test_a_bad_part_leaves_nothing_behind(wangge: Run, country: Country, spoil: Spoil, words: str) -> None:
    """File, row, column, remedy; no folder, whole or half; the good country, the control, is measured above."""
    spoil(country)
    before = sorted(country.folder.rglob("*"))
    done = wangge(*country.words("out"), "--workers", "0")
    assert done.code in (3, 4)
    assert words in done.err
    assert "Traceback" not in done.err
    assert sorted(country.folder.rglob("*")) == before


def test_a_cell_in_two_parts_is_refused(wangge: Run, country: Country) -> None:
    """With the names of both files."""
    for name in ("demand", "times"):
        folder = country.folder / name
        (folder / "part.9.parquet").write_bytes((folder / "part.1.parquet").read_bytes())
    done = wangge(*country.words("out"), "--workers", "0")
    assert done.code == 3
    assert "stands in part.1.parquet, part.9.parquet" in done.err


def test_an_error_of_a_worker_is_the_same_message(country: Country, workers: Workers) -> None:
    """With its details, as without workers."""
    changed(TIMES, lambda f: f.assign(minutes=-1.0))(country)
    refused = []
    for crew in (Alone(), workers):
        with (
            use_language("en"),
            pytest.raises(DataRejected, match=r"part\.1\.parquet: Row 1, column minutes") as error,
        ):
            national_access(SYSTEM, job(country, GAUSSIAN), crew)
        refused.append((error.value.message, error.value.details))
    assert refused[0] == refused[1]

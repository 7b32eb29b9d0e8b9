"""What travel keeps in the home folder: the network in use, and matrices by what they were made of.

A file is written beside its place and moved there, so that it is whole or not there. Nothing in it is code: plain
arrays, and JSON about them. A matrix has the name of a hash over everything it depends on, so that it is never out of
date; those used longest ago go when the folder grows over its bound.
"""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.travel.times import Matrix
from gis.errors import DataRejected
from gis.roads import NODE_COLUMNS, SEGMENT_COLUMNS, TURN_COLUMNS, Mode, RoadNetwork
from gis.texts import _

FORM: Final = 1
"""Of these files; one of another form is made again. Raise it too when matrices come out differently."""
MATRICES_BYTES: Final = 512 * 2**20
LARGEST_MATRIX: Final = 128 * 2**20

Arrays = Mapping[str, NDArray[Any]]


def save_network(path: Path, network: RoadNetwork, about: Mapping[str, Any]) -> dict[str, Any]:
    """Writes a network; gives back what is known about it, with `digest`, which says all that is in it."""
    arrays: dict[str, NDArray[Any]] = {"shape": network.shape, "shape_start": network.shape_start}
    for name, frame in (("nodes", network.nodes), ("segments", network.segments), ("turns", network.turns)):
        arrays |= {f"{name}.{column}": _plain(frame[column]) for column in frame.columns}
    known = {**about, "form": FORM, "digest": digest(arrays)}
    _write(path, {**arrays, "about": np.frombuffer(json.dumps(known).encode(), dtype=np.uint8)})
    return known


def load_network(path: Path) -> tuple[RoadNetwork, dict[str, Any]]:
    """A network and what is known about it. Raises DataRejected for a file that is damaged or of another form."""
    try:
        with np.load(path, allow_pickle=False) as found:
            known = json.loads(found["about"].tobytes())
            if known["form"] != FORM:
                raise ValueError(known["form"])
            frames = [
                pd.DataFrame({column: found[f"{name}.{column}"] for column in columns})
                for name, columns in (("nodes", NODE_COLUMNS), ("segments", SEGMENT_COLUMNS), ("turns", TURN_COLUMNS))
            ]
            network = RoadNetwork(frames[0], frames[1], found["shape"], found["shape_start"], frames[2])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataRejected(
            _("The roads in {file} cannot be read. Run `wangge roads use` with the extract again.", file=path)
        ) from error
    return network, known


def about_network(path: Path) -> dict[str, Any]:
    """What is known about a network, without reading it. Raises DataRejected like `load_network`."""
    try:
        with np.load(path, allow_pickle=False) as found:
            known: dict[str, Any] = json.loads(found["about"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataRejected(
            _("The roads in {file} cannot be read. Run `wangge roads use` with the extract again.", file=path)
        ) from error
    return known


def save_matrix(folder: Path, key: str, matrix: Matrix) -> None:
    """Keeps a matrix, unless it is too large; older ones make room."""
    if matrix.minutes.nbytes + matrix.metres.nbytes > LARGEST_MATRIX:
        return
    off = {"off_origins": np.array(matrix.off_origins), "off_destinations": np.array(matrix.off_destinations)}
    _write(folder / f"{key}.npz", {"minutes": matrix.minutes, "metres": matrix.metres, **off})
    kept = sorted(((f.stat().st_mtime, f.stat().st_size, f) for f in folder.glob("*.npz")), reverse=True)
    total = 0
    for _used, size, file in kept:
        total += size
        if total > MATRICES_BYTES:
            file.unlink(missing_ok=True)


def load_matrix(folder: Path, key: str, mode: Mode) -> Matrix | None:
    """A matrix that was kept; None for one that is not there, or is damaged."""
    path = folder / f"{key}.npz"
    try:
        with np.load(path, allow_pickle=False) as found:
            off = (tuple(found[name].astype(int).tolist()) for name in ("off_origins", "off_destinations"))
            matrix = Matrix(found["minutes"], found["metres"], False, mode, "", *off)
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return matrix


def digest(arrays: Arrays) -> str:
    """A hash over names, types, shapes and content of arrays."""
    found = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        found.update(f"{name} {values.dtype.str} {values.shape} ".encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _plain(column: "pd.Series[Any]") -> NDArray[Any]:
    """Texts as numpy's own; everything else as it is."""
    return column.to_numpy(dtype=str) if column.dtype.name in ("str", "object") else column.to_numpy()


def _write(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".wangge-", suffix=".npz", delete=False) as draft:
        try:
            np.savez(draft, **arrays)  # type: ignore[arg-type]
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise

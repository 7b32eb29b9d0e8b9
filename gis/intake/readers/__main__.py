"""The child process: one job from standard input, confined, the result to standard output.

Whatever a parser did not foresee ends here as the name of the error and the line it happened on, never its message,
which could quote the file.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.abc import MetaPathFinder
from typing import Final

_MODULES: Final = {
    "CSV": "csv_text",
    "XLSX": "workbook",
    "GeoJSON": "geojson",
    "KML": "kml",
    "GPKG": "gpkg",
    "SHP": "shapefile",
    "Parquet": "parquet",
    "OSM": "osm",
    "Raster": "raster",
}


class _Without(MetaPathFinder):
    """Hides pandas, which pyogrio and pyarrow load only to offer it: that takes ten times as long as all else."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        """Nothing for all but those two."""
        if fullname.split(".", 1)[0] in ("pandas", "geopandas"):
            raise ModuleNotFoundError(fullname)


def main() -> None:
    """Parse the one file of the job."""
    sys.meta_path.insert(0, _Without())
    from gis.intake.readers.channel import Job, Output, Refused  # noqa: PLC0415 (after the line above)
    from gis.intake.readers.confine import confine  # noqa: PLC0415

    output = Output(os.fdopen(os.dup(1), "wb", buffering=2**16))

    def report_crash(kind: type[BaseException], _error: BaseException, trace: object) -> None:
        output.end(crashed={"error": kind.__name__, "at": _innermost(trace)})

    sys.excepthook = report_crash
    job = Job(**json.load(sys.stdin.buffer))
    read: Callable[[Job, Output], None] = import_module(f"gis.intake.readers.{_MODULES[job.format]}").read
    try:
        confine(memory_mb=job.memory_mb, cpu_seconds=job.cpu_seconds)
        read(job, output)
    except Refused as refusal:
        output.end(refused={"text": refusal.text, "values": refusal.values})
    else:
        output.end(end={"crs": output.crs, "evidence": output.evidence})


def _innermost(trace: object) -> str:
    """File and line where an error came from."""
    where = ""
    while trace is not None:
        frame = trace.tb_frame  # type: ignore[attr-defined]
        where = f"{os.path.basename(frame.f_code.co_filename)}:{trace.tb_lineno}"  # type: ignore[attr-defined]  # noqa: PTH119
        trace = trace.tb_next  # type: ignore[attr-defined]
    return where


if __name__ == "__main__":
    main()

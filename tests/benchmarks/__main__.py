"""`python -m tests.benchmarks [NAME...] [--quick]`: every benchmark, one JSON object a line on stdout.

A benchmark is a module of this package with `run(*, quick: bool) -> Iterator[Figure]`. A figure that has a peer was
measured beside it in the same run; `ratio` is `value / peer_value`. Progress goes to stderr.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from types import ModuleType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import tests.benchmarks as package


def find_benchmarks() -> dict[str, ModuleType]:
    """The modules of this package that can run, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    modules = {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main(arguments: list[str]) -> int:
    """Runs the named benchmarks, or all."""
    benchmarks = find_benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks))
    parser.add_argument("--quick", action="store_true", help="a tenth of the size or less, to see that all runs")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(benchmarks))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(benchmarks)}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name in options.names or benchmarks:
            task = progress.add_task(name, total=None)
            for figure in benchmarks[name].run(quick=options.quick):
                print(json.dumps(figure, ensure_ascii=False), flush=True)
                progress.update(task, description=f"{name}: {figure['name']}")
            progress.update(task, description=f"{name}: done", total=1, completed=1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Writing a map as one self-contained page, and saying what was written."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from gis.cli.common import Format, print_json, progress
from gis.services.exports import check_ending, write_whole
from gis.texts import _


def write_page(out: Path, draw: Callable[[], tuple[str, Mapping[str, int]]], *, output: Format) -> None:
    """Writes the page that `draw` gives, with its counts for the report."""
    check_ending(out, {".html": None, ".htm": None})
    with progress() as step:
        step(_("Drawing the map"))
        page, counts = draw()
        write_whole(out, lambda path: _write_text(path, page))
    size = out.stat().st_size
    if output == "json":
        print_json({"file": str(out), "bytes": size, **counts})
    else:
        click.echo(_("{file}: {size} bytes.", file=out, size=size), err=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

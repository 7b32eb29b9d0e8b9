"""The command line as a fixture: on an empty database, and on the six-grid town."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gis.cli import main
from gis.settings import DATA

TINY = DATA / "towns" / "tiny"
KINDS = ("areas", "officers", "facilities", "assignments", "licences", "equipment", "operators")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wangge(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command in English on an empty database; gives back (exit status, stdout, stderr)."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    monkeypatch.setenv("WANGGE_LANG", "en")

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


@pytest.fixture
def town(wangge: Run) -> Run:
    """The same, with the six-grid town imported."""
    for kind in KINDS:
        status, _out, err = wangge("import", kind, town_file(kind))
        assert status == 0, err
    return wangge


@pytest.fixture
def answer() -> Callable[..., Any]:
    """Gives the JSON document of a command that must succeed."""

    def ask(run: Run, *words: object) -> Any:
        status, out, err = run(*words, "--format", "json")
        assert status == 0, err
        return json.loads(out)

    return ask


def town_file(kind: str) -> str:
    """The file of one kind of the six-grid town."""
    return str(TINY / f"{kind}.{'geojson' if kind == 'areas' else 'csv'}")

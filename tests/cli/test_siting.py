"""`wangge site table`: the contract's keys, and one clear message for each bad file or question."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gis.cli import main

DEMAND = "cell,demand\na,10\nb,20\nc,5\n"
CANDIDATES = "site,existing,capacity\nN,,20\nS,yes,20\n"
TIMES = "origin,destination,minutes\na,N,5\na,S,30\nb,N,20\nb,S,10\nc,S,4\n"


class Result(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def wangge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs one `site table` in English where no database can be reached, on files of the test's folder."""
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    for name, text in (("demand", DEMAND), ("candidates", CANDIDATES), ("times", TIMES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def run(*words: str) -> Result:
        files = [w for name in ("demand", "candidates", "times") for w in (f"--{name}", str(tmp_path / f"{name}.csv"))]
        with pytest.raises(SystemExit) as left:
            main(["site", "table", *files, *words])
        out, err = capsys.readouterr()
        return Result(int(left.value.code or 0), out, err)

    return run


@pytest.mark.parametrize(
    ("words", "objective", "sites"),
    [
        (("--model", "lscp", "--limit", "10"), 2, ["N", "S"]),
        (("--model", "mclp", "--p", "1", "--limit", "10"), 25, ["S"]),
        (("--model", "pmedian", "--p", "1"), 520, ["S"]),
        (("--model", "pmedian", "--p", "2"), 270, ["N", "S"]),
        (("--model", "pcentre", "--p", "2"), 10, ["N", "S"]),
        (("--model", "mclp", "--p", "1", "--limit", "10", "--capacitated"), 20, ["S"]),
    ],
)
def test_the_keys_are_those_of_the_contract(
    wangge: Run, words: tuple[str, ...], objective: float, sites: list[str]
) -> None:
    """JSON has model, objective, sites and assignment, beside what proves them; the same again for the same call."""
    result = wangge(*words, "--format", "json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert (found["model"], found["objective"], found["sites"]) == (words[1], pytest.approx(objective), sites)
    assert set(found["assignment"]) == {"a", "b", "c"}
    assert set(found["assignment"].values()) <= {*sites, None}
    assert found["unserved"] == [cell for cell, site in found["assignment"].items() if site is None]
    assert (found["proven"], found["gap"], found["bound"]) == (True, 0, found["objective"])
    again = json.loads(wangge(*words, "--format", "json").out)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_other_formats(wangge: Run) -> None:
    """CSV says where each cell goes; the table says that nothing is better."""
    words = ("--model", "mclp", "--p", "1", "--limit", "10")
    assert wangge(*words, "--format", "csv").out == "cell,site,minutes\na,,\nb,S,10.0\nc,S,4.0\n"
    assert "No choice is better." in wangge(*words).out


@pytest.mark.parametrize(
    ("name", "text", "place", "remedy"),
    [
        ("demand", DEMAND.replace("b,20", "b,-20"), "demand.csv: Row 2, column demand", "Correct it"),
        ("demand", DEMAND.replace("b,20", "b,"), "demand.csv: Row 2, column demand", "Fill it in"),
        ("demand", DEMAND.replace("b,20", "a,20"), "demand.csv: Row 2, column cell", "row 1"),
        ("demand", "cell,demand\n", "no rows", "Add one"),
        ("candidates", "site\n", "no rows", "Add one"),
        ("candidates", CANDIDATES.replace("S,yes,20", "N,yes,20"), "candidates.csv: Row 2, column site", "row 1"),
        ("candidates", CANDIDATES.replace("yes", "perhaps"), "candidates.csv: Row 2, column existing", "yes, no"),
        ("candidates", CANDIDATES.replace("site,", "place,"), "site", "place"),
        ("times", TIMES.replace("c,S,4", "d,S,4"), "times.csv: Row 5, column origin", "Correct the code"),
        ("times", TIMES.replace("c,S,4", "c,X,4"), "times.csv: Row 5, column destination", "none of the candidates"),
        ("times", TIMES.replace("c,S,4", "c,S,nan"), "times.csv: Row 5, column minutes", ""),
        ("times", TIMES.replace("c,S,4", "c,S,-4"), "times.csv: Row 5, column minutes", "Correct it"),
        ("times", TIMES + "c,S,5\n", "times.csv: Row 6", "Keep one"),
        ("times", TIMES.replace("c,S,4\n", ""), "No candidate reaches these cells: c", "leave the cells out"),
        ("demand", "cell,demand,孕周\na,10,20\n", "孕周", ""),
    ],
)
def test_a_bad_file_is_refused_with_place_and_remedy(
    wangge: Run, tmp_path: Path, name: str, text: str, place: str, remedy: str
) -> None:
    """Status 3 (4 for personal data), no traceback, one message that says where and what to do; nothing on stdout."""
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    result = wangge("--model", "pmedian", "--p", "1")
    assert result.code == (4 if place == "孕周" else 3), result.err
    assert place in result.err.replace("\n", " "), result.err
    assert remedy in result.err, result.err
    assert result.out == ""
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--model", "lscp"), 2, "--limit"),
        (("--model", "mclp", "--p", "1"), 2, "--limit"),
        (("--model", "pmedian"), 2, "--p"),
        (("--model", "pmedian", "--p", "0"), 2, "--p"),
        (("--model", "pcentre", "--p", "1", "--limit", "nan"), 2, "--limit"),
        (("--model", "median", "--p", "1"), 2, "--model"),
        (("--model", "pmedian", "--p", "3"), 3, "2 candidates"),
        (("--model", "lscp", "--limit", "4"), 3, "No candidate within 4 reaches these cells: a, b"),
        (("--model", "pcentre", "--p", "1", "--limit", "10"), 3, "at least 2"),
        (("--model", "pmedian", "--p", "1", "--capacitated"), 3, "Raise p"),
    ],
)
def test_a_question_without_an_answer(wangge: Run, words: tuple[str, ...], code: int, says: str) -> None:
    """What cannot be asked is a usage error; what no choice of sites can do is refused with the reason."""
    result = wangge(*words)
    assert result.code == code, result.err
    assert says in result.err.replace("\n", " "), result.err
    assert "Traceback" not in result.err


def test_json_names_the_cells_that_nobody_reaches(wangge: Run) -> None:
    """For programs the details hold every code."""
    result = wangge("--model", "lscp", "--limit", "4", "--format", "json")
    assert json.loads(result.out) == {"model": "lscp", "sites": [], "rule": "unreached", "cells": ["a", "b"]}


def test_no_database_is_touched(wangge: Run, tmp_path: Path) -> None:
    """A file command works where no database can be reached, and starts none."""
    home = tmp_path / "home"
    assert wangge("--model", "pmedian", "--p", "1", "--home", str(home)).code == 0
    assert not home.exists()

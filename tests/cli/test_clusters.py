"""`wangge clusters table`: the contract's keys, and one clear message for each bad file."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gis.cli import main

HEAD = "area,x,y,cases,population\n"
GOOD = HEAD + "a,0,0,9,10\nb,1,0,8,10\nc,5,0,1,10\nd,9,0,1,10\ne,12,0,1,10\n"


class Result(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def wangge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command in English where no database can be reached."""
    monkeypatch.setenv("WANGGE_LANG", "en")
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://127.0.0.1:1/none")

    def run(*words: str) -> Result:
        with pytest.raises(SystemExit) as left:
            main(list(words))
        out, err = capsys.readouterr()
        return Result(int(left.value.code or 0), out, err)

    return run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "areas.csv"
    file.write_text(GOOD, encoding="utf-8")
    return file


def test_the_keys_are_those_of_the_contract(wangge: Run, table: Path) -> None:
    """JSON has the agreed keys, strongest first, and the same again for the same seed; CSV the same columns."""
    words = ("clusters", "table", str(table), "--replicates", "99", "--seed", "3")
    result = wangge(*words, "--format", "json")
    assert result.code == 0, result.err
    found = json.loads(result.out)["clusters"]
    assert set(found[0]) >= {"areas", "cases", "expected", "relative_risk", "llr", "p"}
    assert (found[0]["areas"], found[0]["cases"], found[0]["expected"]) == (["a", "b"], 17, 8.0)
    assert found[0]["llr"] == pytest.approx(17 * math.log(17 / 8) + 3 * math.log(3 / 12), abs=5e-7)
    assert wangge(*words, "--format", "json").out == result.out
    assert wangge(*words, "--format", "csv").out.splitlines()[0] == "areas,cases,expected,relative_risk,llr,p"
    assert "a, b" in wangge(*words).out


def test_every_option_is_heard(wangge: Run, table: Path) -> None:
    """Model, rates, share, number and ellipses change what is found."""
    words = ("clusters", "table", str(table), "--format", "json", "--replicates", "9")
    plain = json.loads(wangge(*words).out)["clusters"]
    low = json.loads(wangge(*words, "--rates", "low").out)["clusters"]
    bernoulli = json.loads(wangge(*words, "--model", "bernoulli").out)["clusters"]
    one = json.loads(wangge(*words, "--max-share", "0.2").out)["clusters"]
    assert low[0]["relative_risk"] < 1 < plain[0]["relative_risk"]
    assert bernoulli[0]["llr"] > plain[0]["llr"]
    assert all(len(cluster["areas"]) == 1 for cluster in one)
    assert len(json.loads(wangge(*words, "--rates", "both", "--most", "1").out)["clusters"]) == 1
    assert wangge(*words, "--ellipse", "2").code == 0


@pytest.mark.parametrize(
    ("text", "options", "place", "remedy"),
    [
        (GOOD.replace("c,5,0,1,10", "c,5,0,11,10"), ("--model", "bernoulli"), "Row 3, column cases", "--model poisson"),
        (GOOD.replace("c,5,0,1,10", "c,5,0,-1,10"), (), "Row 3, column cases", "Correct it"),
        (GOOD.replace("c,5,0,1,10", "c,5,0,1,-10"), (), "Row 3, column population", "Correct it"),
        (GOOD.replace("c,5,0,1,10", "c,5,nan,1,10"), (), "Row 3, column y", ""),
        (GOOD.replace("c,5,0,1,10", "c,5,0,,10"), (), "Row 3, column cases", "Fill it in"),
        (GOOD.replace("c,5,0,1,10", "c,5,0,1.5,10"), (), "Row 3, column cases", "whole number"),
        (GOOD.replace("c,5,0,1,10", "c,5,0,1,0"), (), "Row 3, column population", "leave the row out"),
        (GOOD.replace("c,5,0,1,10", "a,5,0,1,10"), (), "Row 3, column area", "row 1"),
        (GOOD.replace("c,5,0,1,10", "c,5,0,1,9.5"), ("--model", "bernoulli"), "Row 3, column population", "poisson"),
        (GOOD.replace(",population", ",people"), (), "population", "people"),
        (HEAD + "a,0,0,0,0\nb,1,0,0,0\n", (), "Column population", "at risk"),
        (HEAD, (), "no rows", "Add one"),
        (GOOD.replace(",population\n", ",population,孕周\n").replace(",10\n", ",10,20\n"), (), "孕周", ""),
    ],
)
def test_a_bad_table_is_refused_with_place_and_remedy(
    wangge: Run, table: Path, text: str, options: tuple[str, ...], place: str, remedy: str
) -> None:
    """Status 3 (4 for personal data), no traceback, one message that says where and what to do; nothing on stdout."""
    table.write_text(text, encoding="utf-8")
    result = wangge("clusters", "table", str(table), *options)
    assert result.code == (4 if place == "孕周" else 3)
    assert place in result.err, result.err
    assert remedy in result.err
    assert result.out == ""
    assert "Traceback" not in result.err


def test_a_bad_option_is_a_usage_error(wangge: Run, table: Path) -> None:
    """Shares and counts outside their range end with status 2."""
    for options in (("--max-share", "0"), ("--max-share", "1.5"), ("--replicates", "0"), ("--rates", "odd")):
        result = wangge("clusters", "table", str(table), *options)
        assert result.code == 2
        assert re.search(options[0], result.err)


def test_no_database_is_touched(wangge: Run, table: Path, tmp_path: Path) -> None:
    """A file command works where no database can be reached, and starts none."""
    home = tmp_path / "home"
    assert wangge("clusters", "table", str(table), "--replicates", "9", "--home", str(home)).code == 0
    assert not home.exists()

"""`wangge draw`: the contract's one command, the two steps, and verifying a file anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, town_file

Ask = Callable[..., Any]


@pytest.fixture
def town(wangge: Run) -> Run:
    """The command line on the areas and facilities of the six-grid town."""
    for kind in ("areas", "facilities"):
        assert wangge("import", kind, town_file(kind))[0] == 0
    return wangge


@pytest.fixture
def inspectors(tmp_path: Path) -> Path:
    """Three inspectors, one with an interest."""
    file = tmp_path / "inspectors.csv"
    file.write_text("officer_code,interests\nO1,\nO2,\nO3,\n", encoding="utf-8")
    return file


def words(people: Path, to: Path, **changes: object) -> list[object]:
    """The words of a draw that is fine but for the changes; None leaves an option out."""
    fine: dict[str, object] = {"on": "2026-05-01", "count": 2, "seed": "五月", "inspectors": people, "out": to}
    found: list[object] = ["draw"]
    for name, value in (fine | changes).items():
        found += [] if value is None else [f"--{name}", value]
    return found


def test_a_draw_is_written_and_verified(
    town: Run, answer: Callable[..., Any], inspectors: Path, tmp_path: Path
) -> None:
    """One command commits, freezes, draws and writes; the proof is verified with no database to be asked."""
    out = tmp_path / "PROOF.json"
    made = answer(town, *words(inspectors, out))
    assert made["committed_at"] < made["frozen_at"] < made["revealed_at"]
    document = json.loads(out.read_text(encoding="utf-8"))
    assert [line["facility"] for line in document["drawn"]] == [line["facility"]["code"] for line in made["facilities"]]
    found = answer(town, "draw", "verify", out)
    assert (found["valid"], found["drawn"], found["seal"]) == (True, 2, made["seal"])
    again = answer(town, *words(inspectors, tmp_path / "again.json"))
    assert again["facilities"] == made["facilities"]
    assert answer(town, "draw", "list")["total"] == 2
    status, text, err = town(*words(inspectors, out))
    assert status == 0
    assert "Never inspected" in text
    assert "PROOF.json" in err


def test_a_seed_committed_first_draws_later(
    town: Run, answer: Callable[..., Any], inspectors: Path, tmp_path: Path
) -> None:
    """The commitment's day and number hold; another seed is refused and writes nothing."""
    made = answer(town, "draw", "commit", "--on", "2026-05-01", "--count", 1, "--seed", "五月")
    out = tmp_path / "proof.json"
    given = {"on": None, "count": None, "commitment": made["id"]}
    status, _out, err = town(*words(inspectors, out, **given, seed="六月"))
    assert (status, out.exists()) == (3, False)
    assert "not the seed that was committed" in err
    status, _out, err = town(*words(inspectors, out, commitment=made["id"]))
    assert status == 2
    assert "settled with the commitment" in err
    done = answer(town, *words(inspectors, out, **given))
    assert (done["commitment"], len(done["facilities"])) == (made["commitment"], 1)
    assert town("draw", "verify", out)[0] == 0


def test_a_changed_byte_is_named_with_its_line(town: Run, inspectors: Path, tmp_path: Path) -> None:
    """Exit 3 and one message with line and path; also for a proof that is another than the published one."""
    out = tmp_path / "proof.json"
    town(*words(inspectors, out))
    content = out.read_bytes()
    assert town("draw", "verify", out, "--seal", json.loads(content)["seal"])[0] == 0
    assert "not the one that was published" in town("draw", "verify", out, "--seal", "0" * 64)[2]
    out.write_bytes(content.replace(b'"weight": 4', b'"weight": 5', 1))
    status, text, err = town("draw", "verify", out, "--format", "json")
    assert (status, text) == (3, "")
    assert "Line 5, $.candidates[0]" in err


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"[" * 100_000, b"\xff\xfe", b"PK\x03\x04", None])
def test_what_is_no_proof_is_one_message(wangge: Run, tmp_path: Path, content: bytes | None) -> None:
    """No JSON, deep JSON, nothing, no file: exit 3, one line, no traceback; no database is started for it."""
    file = tmp_path / "proof.json"
    if content is not None:
        file.write_bytes(content)
    status, text, err = wangge("draw", "verify", file)
    assert (status, text, err.count("\n")) == (3, "", 1)
    assert "Traceback" not in err


BAD: list[tuple[dict[str, object], int, str]] = [
    ({"count": 99}, 3, "the list has only"),
    ({"count": 0}, 2, "count"),
    ({"count": None}, 2, "--count is missing"),
    ({"seed": None}, 2, "--seed is missing"),
    ({"seed": ""}, 2, "--seed is missing"),
    ({"seed": "  "}, 3, "seed is missing"),
    ({"inspectors": None}, 2, "--inspectors is missing"),
    ({"inspectors": "nowhere.csv"}, 3, "nowhere.csv"),
    ({"out": None}, 2, "--out is missing"),
    ({"out": "/nowhere/proof.json"}, 2, "cannot be written"),
    ({"out": "/tmp"}, 2, "cannot be written"),
    ({"on": "yesterday"}, 2, "no date"),
    ({"policy": "nowhere.toml"}, 2, "nowhere.toml"),
    ({"commitment": "x", "on": None, "count": None}, 2, "No draw x"),
]
BAD_INSPECTORS: list[tuple[str, int, str]] = [
    ("officer_code\n", 3, "0 are named"),
    ("officer_code\nO1\n", 3, "2 inspectors go to each facility, but 1"),
    ("officer_code,interests\nO1,F-none\nO2,\n", 3, "row 1, interests: no facility F-none"),
    ("officer_code,身份证号\nO1,11010519491231002X\n", 4, ""),
    ("officer_code,age\nO1,33\n", 3, "age"),
]


def test_bad_words_are_one_message_and_leave_nothing(town: Run, inspectors: Path, tmp_path: Path) -> None:
    """What is missing or off is named; no draw is stored and no file written."""
    out = tmp_path / "proof.json"
    for changes, expected, named in BAD:
        status, text, err = town(*words(inspectors, out, **changes))
        assert (status, text) == (expected, ""), (changes, err)
        assert named in err
        assert "Traceback" not in err
    assert not out.exists()
    assert json.loads(town("draw", "list", "--format", "json")[1])["total"] == 0


def test_inspectors_that_cannot_be_are_named(town: Run, tmp_path: Path) -> None:
    """Too few, a facility that there is not, a person's number, a column nobody declared."""
    file = tmp_path / "people.csv"
    for rows, expected, named in BAD_INSPECTORS:
        file.write_text(rows, encoding="utf-8")
        status, _out, err = town(*words(file, tmp_path / "proof.json"))
        assert status == expected, err
        assert named in err

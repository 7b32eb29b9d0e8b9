"""The command line on the six-grid town and on real data: reports, exit statuses, and an unchanged database."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gis.cli import choose_language, main
from gis.settings import ROOT
from tests.cli.conftest import KINDS, TINY, Run, town_file

CHICAGO = ROOT.parent / "shared" / "data" / "chicago"
Ask = Callable[..., Any]


def state(run: Run, answer: Ask) -> Any:
    """Everything that a report can see of the database."""
    gaps = answer(run, "gaps", "responsibility", "--on", "2026-01-01")
    del gaps["known"]  # the moment of asking
    return [answer(run, "areas", "list", "--limit", 1000), gaps]


def test_tiny_town_has_its_planted_gaps(town: Run, answer: Ask) -> None:
    """Each planted fault is reported, with its true square metres, and nothing else."""
    gaps = answer(town, "gaps", "responsibility", "--on", "2026-01-01")
    assert gaps["vacant"] == ["990101001201003"]
    assert gaps["orphans"] == ["F5"]
    assert gaps["doubled"] == []
    assert [(h["parent"], round(h["area_m2"], 1)) for h in gaps["holes"]] == [("990101001201", 2180.1)]
    assert [(o["a"], o["b"], round(o["area_m2"], 1)) for o in gaps["overlaps"]] == [
        ("990101001202001", "990101001202002", 1090.0)
    ]
    assert [(o["child"], o["parent"], round(o["area_m2"], 1)) for o in gaps["outside"]] == [
        ("990101001202003", "990101001202", 1090.0)
    ]


def test_who_names_the_chain_nearest_first(town: Run, answer: Ask) -> None:
    """A facility's own officer comes first, then its grid's, village's, street's and district's."""
    chain = answer(town, "who", "F1", "--on", "2026-01-01")["chain"]
    assert [(row["level"], row["officer"]) for row in chain][-4:] == [
        ("grid", "O2"),
        ("village", "O2"),
        ("street", "O1"),
        ("district", "O1"),
    ]
    assert chain[0]["officer"] == "O2"
    vacant = answer(town, "who", "990101001201003", "--on", "2026-01-01")["chain"][0]
    assert (vacant["area"], vacant["officer"]) == ("990101001201003", None)


def test_timeline_is_the_proof_over_time(town: Run, answer: Ask) -> None:
    """The handover of a grid leaves no gap, and a grid that was never assigned is vacant throughout."""
    timeline = answer(town, "gaps", "responsibility", "--from", "2025-01-01", "--to", "2026-01-01")["timeline"]
    states = {(row["target"], row["state"]) for row in timeline}
    assert ("990101001201001", "covered") in states
    assert ("990101001201003", "vacant") in states
    assert all(row["from"] < row["to"] for row in timeline)


def test_importing_again_changes_nothing(town: Run, answer: Ask) -> None:
    """A second import of every file finds every row unchanged and leaves the same state."""
    before = state(town, answer)
    for kind in KINDS:
        report = answer(town, "import", kind, town_file(kind))
        assert (report["unchanged"], report["inserted"], report["changed"]) == (report["rows"], 0, 0)
    assert state(town, answer) == before


def test_dry_run_writes_nothing(wangge: Run, answer: Ask) -> None:
    """A dry run counts what would be new and stores none of it."""
    report = answer(wangge, "import", "areas", TINY / "areas.geojson", "--dry-run")
    assert (report["inserted"], report["outcome"]) == (10, "dry-run")
    assert answer(wangge, "areas", "list")["total"] == 0


def test_as_known_before_a_change_of_mind(town: Run, tmp_path: Path, answer: Ask) -> None:
    """What was known before a correction can still be asked for."""
    before = (TINY / "officers.csv").read_text(encoding="utf-8")
    moment = re.sub(r"\+.*", "", now_in(town))
    corrected = tmp_path / "assignments.csv"
    corrected.write_text(
        "officer_code,target_kind,target_code,role,valid_from,valid_to\nO1,area,990101001201003,primary,2024-01-01,\n",
        encoding="utf-8",
    )
    assert town("import", "assignments", corrected)[0] == 0
    assert before
    assert answer(town, "gaps", "responsibility", "--on", "2026-01-01")["vacant"] == []
    then = answer(town, "gaps", "responsibility", "--on", "2026-01-01", "--known", moment)
    assert then["vacant"] == ["990101001201003"]


def now_in(_run: Run) -> str:
    """The present moment in UTC, after everything imported so far."""
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat()


def test_exports_can_be_imported_again(town: Run, tmp_path: Path, answer: Ask) -> None:
    """Each format of each table comes back unchanged through the importer."""
    for kind, ending in [
        ("areas", "gpkg"),
        ("areas", "geojson"),
        ("facilities", "csv"),
        ("facilities", "xlsx"),
        ("assignments", "csv"),
    ]:
        out = tmp_path / f"{kind}.{ending}"
        assert town("export", kind, "--out", out, "--on", "2026-01-01")[0] == 0
        report = answer(town, "import", kind, out, "--dry-run")
        assert report["rejected"] == 0
        assert report["unchanged"] == report["rows"] > 0


def test_grids_inside_a_village(wangge: Run) -> None:
    """A village without grids is divided into numbered cells, once."""
    assert wangge("import", "areas", TINY / "areas.geojson")[0] == 0
    status, _out, err = wangge("areas", "grid", "990101001201", "--cell-m", "50")
    assert status == 3, "the village has grids already"
    assert "990101001201" in err


def test_self_contained_map(town: Run, tmp_path: Path) -> None:
    """The exported page names every area and asks no other host for anything."""
    out = tmp_path / "map.html"
    assert town("map", "responsibility", "--out", out, "--on", "2026-01-01")[0] == 0
    page = out.read_text(encoding="utf-8")
    assert "北一格" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+https?://", page)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("who", "NOWHERE"), 2),
        (("gaps", "responsibility", "--on", "2026-02-30"), 2),
        (("import", "pregnancies", "x.csv"), 2),
        (("export", "areas", "--out", "areas.docx"), 2),
        (("import", "areas", "no-such-file.gpkg"), 3),
    ],
)
def test_one_clear_message_and_the_right_status(wangge: Run, words: tuple[str, ...], status: int) -> None:
    """Wrong words end with one message on stderr and their status, never a traceback."""
    code, out, err = wangge(*words)
    assert (code, out) == (status, "")
    assert "Traceback" not in err
    assert err.strip()


def test_unreachable_database(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No database is exit status 6."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(SystemExit) as left:
        main(["who", "X"])
    assert left.value.code == 6
    assert "Traceback" not in capsys.readouterr().err


def test_language_of_the_command_line() -> None:
    """--lang wins over WANGGE_LANG, which wins over the locale; without a Chinese locale it is English."""
    assert choose_language(["who", "--lang", "zh"], {"WANGGE_LANG": "en"}) == "zh"
    assert choose_language(["who", "--lang=en"], {"LANG": "zh_CN.UTF-8"}) == "en"
    assert choose_language([], {"WANGGE_LANG": "zh"}) == "zh"
    assert choose_language([], {"LANG": "zh_CN.UTF-8"}) == "zh"
    assert choose_language([], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}) == "en"


def test_messages_in_chinese(wangge: Run) -> None:
    """With --lang zh the message is Chinese."""
    assert "没有" in wangge("who", "NOWHERE", "--lang", "zh")[2]


@pytest.mark.real_data
def test_chicago(wangge: Run, tmp_path: Path, answer: Ask) -> None:
    """The five commands of the README: 38 premises have no point, the others are stored, some lie outside the city."""
    if not CHICAGO.is_dir():
        pytest.skip("the Chicago data is not beside this repository")
    assert answer(wangge, "import", "areas", CHICAGO / "areas.gpkg")["inserted"] == 78
    status, out, _err = wangge("import", "facilities", CHICAGO / "facilities.csv", "--format", "json")
    refused = json.loads(out)
    assert (status, refused["accepted"]) == (3, 0)
    assert sum(p["rule"] == "missing-point" for p in refused["problems"]) == 38
    report = answer(wangge, "import", "facilities", CHICAGO / "facilities.csv", "--partial")
    assert (report["rows"], report["accepted"], report["rejected"]) == (12367, 12329, 38)
    assert any(p["rule"] == "orphan" for p in report["problems"])
    licences = answer(wangge, "import", "licences", CHICAGO / "licences.csv", "--partial")
    assert licences["rows"] == 17173
    assert answer(wangge, "areas", "grid", "CHI32", "--cell-m", "250")["grids"] > 50
    gaps = answer(wangge, "gaps", "responsibility")
    assert gaps["orphans"]
    out_file = tmp_path / "chicago.html"
    assert wangge("map", "responsibility", "--out", out_file)[0] == 0

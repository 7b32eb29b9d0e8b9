"""Outreach and inspections on the command line: in, counted, drawn, out again."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run
from tests.unit.intake.invented_files import resident

Ask = Callable[..., Any]
SESSIONS = """场次编号,区域编码,活动日期,活动类型,参加人数
S1,990101001201,2026-01-10,健康讲座,40
S2,990101001201001,2025-12-01,=义诊,
S3,990101001202002,2024-02-01,宣讲,12
"""
VISITS = """检查编号,机构编码,检查日期,检查表,检查员,检查结果,文书问题,轻微问题,严重问题,重大问题
I1,F1,2025-11-03,超声机构检查表,O1;O2,合格,1,0,0,0
I2,F2,2025-11-04,,,不合格,,2,1,0
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_files_come_in_and_go_out_as_they_were(town: Run, answer: Ask, tmp_path: Path) -> None:
    """Both kinds are stored, exported with days as days and without a period, and that file changes nothing."""
    for kind, text, rows in (("outreach", SESSIONS, 3), ("inspections", VISITS, 2)):
        assert answer(town, "import", kind, write(tmp_path, f"{kind}.csv", text))["inserted"] == rows
        out = tmp_path / f"{kind}-out.csv"
        answer(town, "export", kind, "--out", out)
        with out.open(encoding="utf-8") as file:
            exported = list(csv.DictReader(file))
        assert not {"valid_from", "valid_to"} & set(exported[0])
        if kind == "inspections":
            assert answer(town, "import", kind, out)["unchanged"] == rows
    assert {row["inspected_on"] for row in exported} == {"2025-11-03", "2025-11-04"}
    assert [row["result"] for row in sorted(exported, key=lambda row: row["code"])] == ["pass", "fail"]


def test_a_formula_in_a_kind_is_neutralised(town: Run, answer: Ask, tmp_path: Path) -> None:
    """What a spreadsheet would run has an apostrophe before it in the export."""
    answer(town, "import", "outreach", write(tmp_path, "outreach.csv", SESSIONS))
    out = tmp_path / "out.csv"
    answer(town, "export", "outreach", "--out", out)
    assert ",'=义诊," in out.read_text(encoding="utf-8")


def test_gaps_name_the_areas_without_a_session(town: Run, answer: Ask, tmp_path: Path) -> None:
    """Within 60 days up to 20 January one village and one grid had a session; a longer window reaches further back."""
    answer(town, "import", "outreach", write(tmp_path, "outreach.csv", SESSIONS))
    gaps = answer(town, "gaps", "outreach", "--on", "2026-01-20", "--days", 60)
    assert (gaps["on"], gaps["days"]) == ("2026-01-20", 60)
    assert gaps["without"]["village"] == ["990101001202"]
    assert "990101001201001" not in gaps["without"]["grid"]
    assert [(row["level"], row["areas"], row["covered"]) for row in gaps["by_level"]] == [
        ("district", 1, 1),
        ("street", 1, 1),
        ("village", 2, 1),
        ("grid", 6, 1),
    ]
    longer = answer(town, "gaps", "outreach", "--on", "2026-01-20", "--days", 2000)
    assert longer["without"]["village"] == []
    status, out, _err = town("gaps", "outreach", "--on", "2026-01-20", "--format", "csv")
    assert status == 0
    assert out.splitlines()[0] == "area,name,level,sessions,reach,last"
    status, out, _err = town("gaps", "outreach", "--on", "2026-01-20", "--days", 60)
    assert (status, "990101001202" in out) == (0, True)
    assert town("gaps", "outreach", "--days", 0)[0] == 2


def test_the_map_is_one_file(town: Run, answer: Ask, tmp_path: Path) -> None:
    """The page is written whole and asks for nothing from elsewhere."""
    answer(town, "import", "outreach", write(tmp_path, "outreach.csv", SESSIONS))
    out = tmp_path / "map.html"
    report = answer(town, "map", "outreach", "--out", out, "--on", "2026-01-20", "--days", 60)
    page = out.read_text(encoding="utf-8")
    assert report == {"file": str(out), "bytes": out.stat().st_size, "areas": 10}
    assert "default-src 'none'" in page
    assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//', page)


def test_a_resident_number_in_a_kind_refuses_the_file(town: Run, tmp_path: Path) -> None:
    """Exit 4 and nothing kept; the same file without the number is the control."""
    bad = SESSIONS.replace("健康讲座", f"讲座 {resident(2)}")
    status, out, err = town("import", "outreach", write(tmp_path, "bad.csv", bad), "--format", "json")
    assert status == 4
    assert resident(2) not in out + err
    assert json.loads(out)["problems"][0]["column"] == "活动类型"
    status, out, _err = town("import", "outreach", write(tmp_path, "good.csv", SESSIONS), "--format", "json")
    assert (status, json.loads(out)["inserted"]) == (0, 3)

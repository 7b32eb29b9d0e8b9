"""No cell of any table that leaves is run by a spreadsheet: of a district in which every text is a formula."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from starlette.testclient import TestClient

from api.open_files import FILES
from gis.cli import main
from gis.spreadsheet import is_risky
from tests.access.test_authorization import ROUTES
from tests.api.awkward import application, serve
from tests.api.people import make_session
from tests.browser.payloads import PAYLOADS, fill
from tests.browser.sweep_payloads import SWEEP

FORMULAS = (
    *(
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1,1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "＝1+1",
        "＋1+1",
        "－1+1",
        "＠SUM(1)",
        " =1+1",
    ),
    *("\u200b=1+1", "\ufeff+1+1", '=HYPERLINK("http://a.test";"x")'),
)
assert len(FORMULAS) == len(PAYLOADS)

DOWNLOADS = (
    *("/facilities.csv", "/facilities.xlsx", "/outreach.csv", "/outreach.xlsx", "/admin/audit/csv"),
    *("/due.csv", "/due.xlsx", "/rank.csv", "/rank.xlsx"),
    f"/sweeps/{SWEEP.format(0)}/plan.xlsx",
    *("/campaigns/C1/report.xlsx", "/campaigns/C2/report.xlsx", "/leader/export/xlsx?area=990001"),
    *(f"/open/data/{name}" for name in FILES if name.endswith(".csv")),
)
NO_TABLES = {
    "/leader/export/{file_format}": "xlsx is among the downloads; the other formats are no tables",
    "/admin/imports/preview/{number}/problems.csv": "needs an upload: see tests/api/test_admin_imports_files.py",
}
EXPORTS = ("areas", "officers", "assignments", "facilities", "licences", "equipment", "operators", "outreach")
COMMANDS = (
    *("areas list", "gaps responsibility", "gaps outreach", "campaign list", "campaign progress C1", "user list"),
    *("audit list", "who 9900010010001"),
)


@pytest.fixture(scope="module")
def formula_district(cluster_database: str) -> dict[str, str]:
    """The address of the database, and the cookie of each role."""
    engine = sa.create_engine(cluster_database)
    cookies = {role: make_session(engine, actor)[0] for role, actor in fill(engine, FORMULAS).items()}
    engine.dispose()
    return {"url": cluster_database, **cookies}


@pytest.fixture(scope="module")
def client(formula_district: dict[str, str]) -> Iterator[TestClient]:
    """A client of that district."""
    yield from serve(application(formula_district["url"]))


def risky_csv(text: str) -> tuple[int, list[str]]:
    """How many cells there are, and those a spreadsheet may run; numbers are none."""
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")) for cell in row]
    number = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?")
    return len(cells), [cell for cell in cells if is_risky(cell) and not number.fullmatch(cell)]


def risky_xlsx(content: bytes) -> tuple[int, list[str]]:
    """The same for every sheet of a workbook: formulas by their type, and texts that would become some."""
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return len(cells), [str(cell.value) for cell in cells if cell.data_type == "f" or is_risky(cell.value)]


@pytest.mark.parametrize("path", DOWNLOADS)
def test_no_download_holds_a_formula(client: TestClient, formula_district: dict[str, str], path: str) -> None:
    """Every CSV and XLSX of the web keeps its formulas as texts."""
    role = "admin" if path.startswith("/admin") else "leader"
    answer = client.get(path, headers={"Cookie": f"__Host-wangge={formula_district[role]}"})
    assert answer.status_code == 200, answer.text[:300]
    xlsx = answer.content.startswith(b"PK")
    count, risky = risky_xlsx(answer.content) if xlsx else risky_csv(answer.content.decode("utf-8"))
    assert risky == []
    assert count > 10
    if "duties" not in path:
        assert "1+1" in (str(load_all(answer.content)) if xlsx else answer.text)


def load_all(content: bytes) -> list[Any]:
    """All values of a workbook."""
    return [
        cell
        for sheet in load_workbook(io.BytesIO(content))
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]


def test_every_table_of_the_web_is_tried() -> None:
    """A route with .csv, .xlsx or an ending in its address that no download above fits fails."""
    routes = {
        row["what"].split()[1]
        for row in ROUTES
        if re.search(r"csv|xlsx|ending|file_format|data/\{name\}$", row["what"])
    }
    tried = [path.partition("?")[0] for path in DOWNLOADS]
    fits: Callable[[str], bool] = lambda route: any(  # noqa: E731
        re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", route), path) for path in tried
    )
    assert {route for route in routes if not fits(route)} <= set(NO_TABLES)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", EXPORTS)
def test_no_exported_file_holds_a_formula(
    formula_district: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any, kind: str, ending: str
) -> None:
    """`wangge export` keeps the formulas of each kind of table as texts."""
    file = tmp_path / f"{kind}.{ending}"
    run(formula_district, monkeypatch, ["export", kind, "--out", str(file)])
    count, risky = risky_xlsx(file.read_bytes()) if ending == "xlsx" else risky_csv(file.read_bytes().decode("utf-8"))
    assert risky == []
    assert count > 10


@pytest.mark.parametrize("words", COMMANDS)
def test_no_printed_table_holds_a_formula(
    formula_district: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """`--format csv` of the commands keeps formulas as texts."""
    run(formula_district, monkeypatch, [*words.split(), "--format", "csv"])
    count, risky = risky_csv(capsys.readouterr().out)
    assert risky == []
    assert count > 3


def test_control_formulas_are_noticed() -> None:
    """Cells that nobody neutralised are found by the same readers."""
    assert risky_csv("a,b\r\nx\r=1+1,2\r\n")[1] == ["=1+1"]
    assert risky_csv("a,b\r\n=1+1,2\r\n＠x,-2\r\n")[1] == ["=1+1", "＠x"]
    assert all(is_risky(text) for text in FORMULAS)


def run(district: dict[str, str], monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """One command that must succeed."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", district["url"])
    monkeypatch.setenv("WANGGE_LANG", "en")
    with pytest.raises(SystemExit) as left:
        main(words)
    assert not left.value.code

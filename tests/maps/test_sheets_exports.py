"""Tables that leave through the service carry no formula either."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from gis.roles import Actor
from gis.services import exports
from gis.services.exports import export_table
from gis.services.imports.run import import_file
from gis.services.workspace import Workspace
from gis.settings import Settings

ACTOR = Actor(role="system", name="command line")


def first_names(workspace: Workspace, folder: Path) -> tuple[str, str]:
    """The name of the first officer as CSV and as XLSX give it."""
    export_table(workspace, ACTOR, "officers", folder / "officers.csv")
    export_table(workspace, ACTOR, "officers", folder / "officers.xlsx")
    lines = (folder / "officers.csv").read_text(encoding="utf-8").splitlines()
    book = load_workbook(folder / "officers.xlsx")
    assert book.active is not None
    return lines[1].split(",")[1], str(book.active["B2"].value)


def test_an_exported_name_is_not_run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored text that a spreadsheet would run leaves with an apostrophe; the control leaves out the neutraliser."""
    (tmp_path / "in.csv").write_text("code,name,department,work_phone\nO1,＝1+1,x,\n", encoding="utf-8")
    workspace = Workspace(Settings(database_url=database_url))
    assert import_file(workspace, ACTOR, "officers", tmp_path / "in.csv").outcome == "written"
    assert first_names(workspace, tmp_path) == ("'＝1+1", "'＝1+1")
    monkeypatch.setattr(exports, "neutralise", lambda frame: frame)
    assert first_names(workspace, tmp_path) == ("＝1+1", "＝1+1")
    workspace.close()

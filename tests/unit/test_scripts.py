"""Every script of ours can be read by a browser: one that cannot leaves its page without its buttons."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for folder in ("api/static", "maps/static") for path in (ROOT / folder).rglob("*.js"))


def parse(text: str) -> subprocess.CompletedProcess[str]:
    command = ["node", "--input-type=module", "--check"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_script_can_be_read(script: Path) -> None:
    """As a module, the stricter of the two readings: no name twice, no statement cut off."""
    found = parse(script.read_text(encoding="utf-8"))
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("text", ["const a = 1; const a = 2;", "if (a) {", "import { a } from './a.js'; let a = 1;"])
def test_a_script_that_is_wrong_is_found(text: str) -> None:
    """The control: a name declared twice, also one that is imported, and a block that does not end."""
    assert "SyntaxError" in parse(text).stderr

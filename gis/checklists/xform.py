"""The XForm of a checklist, which telephones load, and what ODK Validate says about it.

pyxform makes it from the workbook. ODK Validate is a Java program that ships inside pyxform; it needs no network.
"""

import os
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from shutil import which
from typing import Final

from pyxform.errors import PyXFormError
from pyxform.validators.error_cleaner import ErrorCleaner
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH
from pyxform.xls2xform import convert

from gis.checklists.model import Checklist
from gis.errors import DataRejected, UsageError
from gis.texts import _

ROOT: Final = "data"
"""The element around the answers."""

SECONDS: Final = 100
"""How long ODK Validate may take."""

_SUMMARY: Final = "The following files failed validation"
"""What follows names our temporary file."""


def xform(checklist: Checklist) -> str:
    """The XForm, not validated; made once for each state of the workbook. Raises DataRejected where pyxform refuses.

    >>> from gis.checklists import latest
    >>> 'id="clinic" version="1"' in xform(latest()["clinic"])
    True
    """
    return _convert(checklist.file, checklist.file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _convert(file: Path, _changed: int) -> str:
    try:
        return str(convert(file, form_name=ROOT, validate=False).xform)
    except PyXFormError as error:
        raise DataRejected(_("{file} makes no XForm: {why}", file=file, why=str(error).strip())) from None


def odk_validate(form: str) -> str | None:
    """What ODK Validate finds wrong with an XForm, None where it is valid. Raises UsageError without Java."""
    java = which("java")
    if java is None:
        raise UsageError(
            _("ODK Validate needs Java, and no java is on the PATH. Install it: apt install default-jre-headless.")
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "form.xml"
        file.write_text(form, encoding="utf-8")
        words = (java, "-Djava.awt.headless=true", "-Dfile.encoding=UTF-8", "-jar", ODK_VALIDATE_PATH, str(file))
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return _("ODK Validate took more than {seconds} s.", seconds=SECONDS)
    if done.returncode == os.EX_OK:
        return None
    said = str(ErrorCleaner.odk_validate(done.stderr)).partition(_SUMMARY)[0]
    return said.strip() or done.stdout.strip() or str(done.returncode)

"""Reading a policy: one table of a TOML file at a time; whatever is off is said with file, key and what would do."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import UsageError
from gis.texts import _


@dataclass(frozen=True)
class Reader:
    """One table of a policy."""

    file: Path
    values: Mapping[str, Any]
    path: str = ""

    def table(self, key: str) -> "Reader":
        """A table inside, empty where it is missing."""
        inside = self.values.get(key, {})
        if not isinstance(inside, dict):
            raise self.wrong(key, _("a table, [{key}]", key=key))
        return Reader(self.file, inside, f"{self.path}{key}.")

    def number(self, key: str, usual: int) -> int:
        """A whole number."""
        value = self.values.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, _("a whole number"))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where it is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.wrong(key, _("a list of texts"))
        return tuple(value)

    def refuse_others(self, *known: str) -> None:
        """Raises UsageError for a key that means nothing."""
        for key in self.values:
            if key not in known:
                raise UsageError(
                    _(
                        "{file}: {key} means nothing here; there are {known}.",
                        file=self.file,
                        key=self.path + key,
                        known=", ".join(known),
                    )
                )

    def wrong(self, key: str, wanted: str) -> UsageError:
        """The error of a value that is something else than `wanted`."""
        return UsageError(_("{file}: {key} must be {wanted}.", file=self.file, key=self.path + key, wanted=wanted))


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Whatever a policy refuses while it is made from a file is said with the file."""
    try:
        yield
    except UsageError as error:
        if str(file) in error.message:
            raise
        raise UsageError(f"{file}: {error.message}") from None


def load(file: Path) -> dict[str, Any]:
    """What a file holds. Raises UsageError where it is no TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(_("There is no file {file}.", file=file)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(_("{file} is no TOML that can be read: {why}", file=file, why=error)) from None

"""What a file of each kind may hold: declared in `data/sources/<kind>.toml`, checked before anything is read.

A *source* lists the canonical columns with their type and the headers that mean them in Chinese and English. A header
is *resolved* after folding: full-width to half-width, no spaces, no case. A column that no source declares is
refused, except the technical ones (`ignored`) that file formats add by themselves.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gis.errors import DataRejected, UsageError
from gis.intake.readers.channel import fold
from gis.settings import DATA
from gis.texts import _

SOURCES: Final = DATA / "sources"

Type = Literal["text", "code", "number", "integer", "date", "months"]


def _freeze(values: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(values))


class SourceColumn(BaseModel):
    """One canonical column as files may write it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: Type = "text"
    required: bool = False
    """Whether a file without this column is refused; facilities with geometry need no lon and lat."""
    free_text: bool = False
    """Whether people write sentences in it, which the firewall then reads as such."""
    staff: bool = False
    """Whether it holds the name or the work phone of staff."""
    aliases: tuple[str, ...] = ()
    values: Annotated[Mapping[str, str], AfterValidator(_freeze)] = Field(default_factory=dict, validate_default=True)
    """Other words for a value -> canonical value, such as 街道 -> street."""


class Source(BaseModel):
    """All that a file of one kind may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    columns: tuple[SourceColumn, ...]
    geometry: Literal["polygon", "point"] | None = None
    ignored: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_headers(self) -> "Source":
        """A folded header means one column only."""
        owners: dict[str, str] = {}
        for header, owner in self._headers():
            if owners.setdefault(fold(header), owner) != owner:
                raise ValueError(f"{header!r} means both {owners[fold(header)]} and {owner}")
        return self

    def _headers(self) -> Iterator[tuple[str, str]]:
        for column in self.columns:
            for header in (column.name, *column.aliases):
                yield header, column.name
        for header in self.ignored:
            yield header, "(ignored)"

    @cached_property
    def words(self) -> dict[str, str]:
        """Folded header -> canonical column, without the ignored ones."""
        return {fold(header): owner for header, owner in self._headers() if owner != "(ignored)"}

    def resolve(self, header: str) -> str | None:
        """The canonical column that a header means; None for one that is not declared.

        >>> load_source("areas").resolve("上级 编码"), load_source("areas").resolve("孕周")
        ('parent_code', None)
        """
        return self.words.get(fold(header))


@cache
def load_source(kind: str) -> Source:
    """The source of a kind. Raises UsageError for a kind that has none, DataRejected for a broken declaration."""
    path = SOURCES / f"{kind}.toml"
    if not kind.isidentifier() or not path.is_file():
        known = ", ".join(sorted(p.stem for p in SOURCES.glob("*.toml")))
        raise UsageError(_("Unknown kind {kind}. The kinds are: {known}.", kind=kind, known=known))
    return read_source(path)


def read_source(path: Path) -> Source:
    """A source from its file. Raises DataRejected, naming file and place, for anything it may not hold."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        columns = declared.pop("columns", {})
        return Source.model_validate(
            {**declared, "columns": [{"name": name, **column} for name, column in columns.items()]}
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: {first['msg']}" if place else first["msg"]
        raise DataRejected(_("{file} is no valid source: {what}. Correct it.", file=path.name, what=what)) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise DataRejected(_("{file} is no valid source: {what}. Correct it.", file=path.name, what=error)) from error

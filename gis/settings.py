"""The settings: one class, read from `WANGGE_*` variables, constructed only by `api.main` and `gis.cli`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds gis/, maps/ and data/."""

DATA = ROOT / "data"


class Settings(BaseSettings):
    """Everything a deployment may change; each field is the variable `WANGGE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", frozen=True)

    home: Path = Field(default=Path("var"), description="Folder of the private PostGIS cluster and other state.")
    database_url: str | None = Field(
        default=None, description="Use this PostgreSQL (>= 15, PostGIS >= 3.3) instead of the private cluster."
    )
    lang: Literal["zh", "en"] | None = Field(
        default=None,
        description="Language of texts; unset: the locale on the command line, Chinese on pages.",
    )
    levels: tuple[str, ...] = Field(
        default=("district", "street", "village", "grid"), description="Levels of areas, highest first, as JSON list."
    )
    sliver_m2: float = Field(
        default=1.0, ge=0, description="Holes, overlaps and outsides up to this many square metres are not reported."
    )
    tile_threshold: int = Field(
        default=2000, ge=0, description="With more polygons than this a served map uses vector tiles."
    )
    host: str = Field(default="127.0.0.1", description="Address that `wangge serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `wangge serve` listens on.")

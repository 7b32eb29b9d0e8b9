"""The settings: one class, read from `WANGGE_*` variables, constructed only by `api.main` and `gis.cli`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
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
    app_database_url: str | None = Field(
        default=None,
        description="The same database for the web application, as a role that owns nothing; unset: the role "
        "wangge_app, taken at the start of each connection.",
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
    session_idle_minutes: int = Field(default=30, ge=1, description="A session unused for so long has ended.")
    session_hours: int = Field(default=12, ge=1, description="A session older than this has ended, used or not.")
    office_phone: str | None = Field(
        default=None, description="Number of the office that the public may call; shown on public pages."
    )
    office_name: str | None = Field(default=None, description="Name of the office that the public may turn to.")
    roads: Path | None = Field(
        default=None,
        description="OpenStreetMap extract (.osm.pbf, .osm) for travel times; unset: that of `wangge roads use`.",
    )
    upload_mb: int = Field(default=200, ge=1, le=1024, description="Largest upload of an import, in MB.")
    oidc_issuer: str | None = Field(default=None, description="Issuer of the OpenID Connect provider, an https URL.")
    oidc_client_id: str | None = Field(default=None, description="Our client id at that provider.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Our client secret at that provider.")
    public_url: str | None = Field(
        default=None, description="Address at which browsers reach wangge, such as https://wangge.example."
    )
    trusted_proxy: str | None = Field(
        default=None,
        description="Address of the proxy in front, whose X-Forwarded-For is believed; unset: nobody's is.",
    )
    login_per_minute: int = Field(
        default=10, ge=0, description="Attempts to sign in that one network address has a minute; 0: no limit."
    )
    public_per_minute: int = Field(
        default=120, ge=0, description="Requests a minute of one network address without an account; 0: no limit."
    )
    public_burst: int = Field(default=60, ge=1, description="Requests that such an address may make at once.")
    host: str = Field(default="127.0.0.1", description="Address that `wangge serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `wangge serve` listens on.")

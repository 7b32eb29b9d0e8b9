"""The PostgreSQL programs of this machine, and the account that runs them.

PostgreSQL refuses to run as root. Where we are root its programs run as the system account `postgres`; that account
must be able to enter every folder above the data. Where it cannot (a home inside /root), they run in a user
namespace in which root carries the number of `postgres`, if the kernel allows that. Anybody else runs them directly.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gis.errors import DatabaseUnreachable
from gis.texts import _

OLDEST: Final = 15
"""The oldest PostgreSQL that wangge works with."""

ACCOUNT: Final = "postgres"
_DEBIAN: Final = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Account:
    """Who runs the server: the words that go before each command, and who owns its files."""

    prefix: tuple[str, ...]
    uid: int
    gid: int

    def run(self, command: Sequence[str | Path], *, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """The finished process, with what it printed; never raises for its exit status."""
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    def make_folder(self, folder: Path) -> None:
        """A folder that only this account (and root) can enter, made if it is missing."""
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (self.uid, os.geteuid()):
            raise DatabaseUnreachable(
                _(
                    "The folder {folder} belongs to somebody else. Remove it, or set WANGGE_HOME elsewhere.",
                    folder=folder,
                )
            )
        folder.chmod(0o700)
        self.own(folder)

    def own(self, path: Path) -> None:
        """Gives a file or folder to this account."""
        if path.lstat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def find_programs(*, version: int | None = None) -> Path:
    """The folder of initdb, pg_ctl and pg_dump: this major version, else the newest from 15 on that has PostGIS.

    Raises DatabaseUnreachable where there is none.
    """
    found = {int(f.name): f / "bin" for f in _DEBIAN.glob("*") if f.name.isdigit() and (f / "bin" / "initdb").exists()}
    on_path = shutil.which("initdb")
    if on_path and not found:
        printed = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=True).stdout
        found = {int(re.findall(r"\d+", printed)[0]): Path(on_path).resolve().parent}
    fitting = {v: folder for v, folder in found.items() if v >= OLDEST and version in (None, v) and _has_postgis(v)}
    if not fitting:
        raise DatabaseUnreachable(
            _(
                "PostgreSQL {version} with PostGIS is not installed. "
                "Install the package {package}, or set WANGGE_DATABASE_URL.",
                version=version or f">= {OLDEST}",
                package=f"postgresql-{version or OLDEST}-postgis-3",
            )
        )
    return fitting[max(fitting)]


def _has_postgis(version: int) -> bool:
    """Debian keeps extensions apart from the programs; elsewhere the server itself will say."""
    share = Path(f"/usr/share/postgresql/{version}/extension")
    return not share.is_dir() or (share / "postgis.control").exists()


def choose_account(folder: Path) -> Account:
    """The account that shall own and run what is in `folder` (an existing folder).

    Raises DatabaseUnreachable, naming the folder that bars the way and the remedy, where none can.
    """
    if os.geteuid() != 0:
        return Account((), os.geteuid(), os.getegid())
    try:
        server = pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise DatabaseUnreachable(
            _("There is no system account {account} to run PostgreSQL. Do not start wangge as root.", account=ACCOUNT)
        ) from None
    inside = Account(("unshare", "--user", f"--map-user={server.pw_uid}", f"--map-group={server.pw_gid}", "--"), 0, 0)
    outside = Account(("runuser", "-u", ACCOUNT, "--"), server.pw_uid, server.pw_gid)
    if _is_ours(folder, inside):
        return inside
    barred = _barred_folder(folder, outside)
    if barred is None:
        return outside
    if shutil.which("unshare") and not _is_ours(folder, outside) and inside.run(["true"]).returncode == 0:
        return inside
    raise DatabaseUnreachable(
        _(
            "The system account {account} cannot enter {folder}. "
            "Run: chmod o+x {folder}, or set WANGGE_HOME elsewhere.",
            account=ACCOUNT,
            folder=barred,
        )
    )


def _is_ours(folder: Path, account: Account) -> bool:
    """Whether a cluster made earlier in the folder belongs to the account: it stays with who made it."""
    data = folder / "postgres" / "data"
    return data.exists() and data.stat().st_uid == account.uid


def _barred_folder(folder: Path, account: Account) -> Path | None:
    """The outermost folder, from the root down to `folder`, that the account cannot enter."""
    if account.run(["test", "-x", folder]).returncode == 0:
        return None
    way = [*reversed(folder.parents), folder]
    return next((step for step in way if account.run(["test", "-x", step]).returncode != 0), folder)

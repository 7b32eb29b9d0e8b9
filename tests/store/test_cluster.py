"""The private cluster: starts from nothing, starts again after anything, and says clearly what stands in its way."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import Engine, text

from gis.errors import DatabaseUnreachable
from gis.settings import ROOT
from gis.store import server
from gis.store.cluster import LONGEST_SOCKET_PATH, Cluster
from gis.store.engine import make_engine, parse_url, transaction, versions
from tests.store.frames import build_frame
from tests.store.importing import bring_in, read_all

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def own(folder: Path) -> Iterator[Cluster]:
    """A cluster of this test's own, not yet started."""
    private = Cluster(folder / "home")
    yield private
    private.stop()


def ask(url: str, query: str) -> object:
    engine = make_engine(url)
    with transaction(engine) as connection:
        answer = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return answer


def test_from_an_empty_folder_to_postgis(own: Cluster) -> None:
    """One call makes it all; starting twice, stopping twice and starting again keep what is stored."""
    assert not own.status().exists
    url = own.start()
    assert "GEOS" in str(ask(url, "SELECT postgis_full_version()"))
    assert own.status().running
    ask(url, "CREATE TABLE kept (); SELECT 1")
    assert own.start() == url
    own.stop()
    own.stop()
    assert (own.status().exists, own.status().running) == (True, False)
    assert ask(own.start(), "SELECT count(*) FROM kept") == 0


def test_what_keeps_data_safe_is_on(cluster: Cluster) -> None:
    """Durable, with page checksums, UTF-8, and closed to the network."""
    settings = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "lc_ctype": "C.UTF-8",
        "listen_addresses": "",
    }
    for name, value in settings.items():
        assert ask(cluster.url, f"SELECT current_setting('{name}')") == value


def test_the_folder_is_closed_to_others(cluster: Cluster) -> None:
    """Data and socket lie in a folder that no other account can enter."""
    assert (cluster.home / "postgres").stat().st_mode & 0o777 == 0o700
    assert cluster.socket.stat().st_mode & 0o777 == 0o700


def test_after_a_kill_it_starts_again(own: Cluster, tmp_path: Path) -> None:
    """What a killed server leaves behind is cleared, also where its number now is another process's."""
    engine = make_engine(own.start())
    engine.dispose()
    pid_file = own.data / "postmaster.pid"
    left = pid_file.read_text()
    pid = int(left.splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    assert ask(own.start(), "SELECT 1") == 1
    own.stop()
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as stranger:  # a living process has got the number
        pid_file.write_text(left.replace(str(pid), str(stranger.pid), 1))
        pid_file.chmod(0o600)
        assert ask(own.start(), "SELECT 1") == 1
        stranger.kill()


def test_two_processes_start_it_at_once(own: Cluster) -> None:
    """One makes and starts it, the other waits, and both get the same address."""
    code = f"import pathlib, gis.store.cluster as c; print(c.Cluster(pathlib.Path({str(own.home)!r})).start())"
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _i: run_python(code), range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0], runs
    assert {run.stdout.strip() for run in runs} == {own.url}
    assert ask(own.url, "SELECT 1") == 1


def test_a_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    """A socket whose path would be too long lies in a closed folder named by a hash of the home."""
    private = Cluster(folder / ("长" * 20) / ("x" * 60))
    try:
        assert ask(private.start(), "SELECT 1") == 1
        assert len(os.fsencode(private.socket / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
        assert private.socket.stat().st_mode & 0o777 == 0o700
    finally:
        private.stop()
        private.socket.rmdir()


@as_root
def test_a_parent_that_is_closed(folder: Path) -> None:
    """Inside a folder that `postgres` cannot enter the server runs in a user namespace, and stays startable there."""
    (folder / "closed").mkdir(mode=0o700)
    private = Cluster(folder / "closed" / "home")
    try:
        assert ask(private.start(), "SELECT 1") == 1
        private.stop()
        folder.joinpath("closed").chmod(0o755)
        assert ask(private.start(), "SELECT 1") == 1
    finally:
        private.stop()


@as_root
def test_a_parent_that_is_closed_and_no_namespaces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel allows no user namespace the message names the folder that bars the way, and the remedy."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(DatabaseUnreachable, match=f"chmod o\\+x {closed}"):
        Cluster(closed / "home").start()


@as_root
def test_a_runtime_folder_of_somebody_else_is_not_used(folder: Path) -> None:
    """A socket folder under a public name that another account has made is refused, and so is a link."""
    private = Cluster(folder / ("x" * 90))
    private.socket.mkdir()
    try:
        os.chown(private.socket, 12345, 12345)
        with pytest.raises(DatabaseUnreachable, match="somebody else"):
            private.start()
        private.socket.rmdir()
        private.socket.symlink_to(folder)
        with pytest.raises(DatabaseUnreachable, match="somebody else"):
            private.start()
    finally:
        private.socket.unlink(missing_ok=True)


def test_a_server_that_does_not_start_says_why(own: Cluster) -> None:
    """The end of the server's log is in the message."""
    own.start()
    own.stop()
    with (own.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(DatabaseUnreachable, match="no_such_setting"):
        own.start()


def test_programs_that_are_not_there() -> None:
    """A missing version of PostgreSQL is named, with the package to install."""
    with pytest.raises(DatabaseUnreachable, match="postgresql-99-postgis-3"):
        server.find_programs(version=99)


def test_a_killed_import_leaves_nothing(engine: Engine) -> None:
    """kill -9 in the middle of an import: the database is as it was and takes the next import."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A"}))
    url = engine.url.render_as_string(hide_password=False)
    code = f"""
    import time
    from gis.store.engine import make_engine
    from gis.store import write
    from tests.store.frames import build_frame
    from tests.store.importing import START
    connection = make_engine({url!r}).connect()
    number = write.start_import(connection, kind="officers", file="x", sha256="", evidence={{}}, now=START)
    frame = build_frame("officers", *({{"code": str(i)}} for i in range(1000)))
    write.upsert(connection, "officers", frame, import_id=number, now=START)
    print("written", flush=True)
    time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "written\n"
        victim.kill()
    assert read_all(engine, "officers")["code"].tolist() == ["A"]
    assert bring_in(engine, "officers", build_frame("officers", {"code": "B"})).inserted == 1


def test_a_server_that_goes_away(own: Cluster) -> None:
    """A server that stops in the middle of a transaction is a database out of reach; afterwards it is back."""
    engine = make_engine(own.start())

    def lose_it() -> None:
        with transaction(engine) as connection:
            own.stop()
            connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnreachable):
        lose_it()
    own.start()
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_addresses(cluster_url: str, scheme: str) -> None:
    """All three ways to begin the address of a PostgreSQL work."""
    engine = make_engine(cluster_url.replace("postgresql+psycopg2", scheme))
    server_version, postgis = versions(engine)
    assert int(server_version.split(".")[0]) >= 15
    assert postgis.startswith("3.")
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "postgresql+asyncpg://x/y", ""])
def test_addresses_of_something_else(url: str) -> None:
    """Anything else is refused before it is tried."""
    with pytest.raises(DatabaseUnreachable, match="WANGGE_DATABASE_URL"):
        parse_url(url)


def test_nobody_answers(folder: Path) -> None:
    """An address where nothing listens is a database out of reach; the password is not shown."""
    with pytest.raises(DatabaseUnreachable) as refusal:
        make_engine(f"postgresql://me:secret@/x?host={folder}")
    assert "secret" not in refusal.value.message


def test_a_missing_extension_that_may_not_be_created(cluster: Cluster, engine: Engine) -> None:
    """The message names the extension and what an administrator runs."""
    database = str(engine.url.database)
    connection = psycopg2.connect(host=str(cluster.socket), dbname=database, user="postgres")
    connection.autocommit = True
    connection.cursor().execute("DROP EXTENSION postgis CASCADE")
    connection.close()
    with pytest.raises(DatabaseUnreachable, match="CREATE EXTENSION postgis"):
        make_engine(cluster.url_of(database))


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """A process of its own that runs the code."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

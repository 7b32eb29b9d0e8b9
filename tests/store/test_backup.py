"""Backups come back whole, and a restore that fails leaves the database as it was."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from gis.errors import DatabaseUnreachable, DataRejected
from gis.store import backup, migrations, read
from gis.store.cluster import Cluster
from gis.store.engine import make_engine, transaction
from tests.store.frames import build_areas, build_frame
from tests.store.importing import at, bring_in, counts, read_all


@pytest.fixture
def saved(engine: Engine, tmp_path: Path) -> Path:
    """A backup of a database with an area and officer A; officer B came after it."""
    bring_in(engine, "areas", build_areas({"code": "1"}))
    bring_in(engine, "officers", build_frame("officers", {"code": "A"}))
    backup.backup(engine, tmp_path / "backup")
    bring_in(engine, "officers", build_frame("officers", {"code": "B"}), now=at(1))
    return tmp_path / "backup"


def databases(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT datname FROM pg_database ORDER BY 1")).scalars())


def test_a_restore_brings_the_backup_back(engine: Engine, saved: Path) -> None:
    """Everything is as it was when the backup was made, it goes on from there, and nothing else is left behind."""
    before = databases(engine)
    with transaction(engine) as connection:
        mark = read.latest(connection)
    backup.restore(engine, saved)
    assert read_all(engine, "officers")["code"].tolist() == ["A"]
    assert len(read_all(engine, "areas", bbox=(120.0, 30.0, 120.1, 30.1))) == 1
    assert counts(bring_in(engine, "officers", build_frame("officers", {"code": "A"}))) == (0, 0, 1)
    assert counts(bring_in(engine, "officers", build_frame("officers", {"code": "C"}))) == (1, 0, 0)
    with transaction(engine) as connection:
        assert read.latest(connection) != mark
    assert databases(engine) == before


def test_a_restored_database_is_guarded(engine: Engine, saved: Path) -> None:
    """The triggers come back too."""
    backup.restore(engine, saved)
    with pytest.raises(Exception, match="never deleted"), engine.begin() as connection:
        connection.execute(text("DELETE FROM officer"))


@pytest.mark.parametrize("fault", ["truncated", "text", "empty", "missing", "other", "newer"])
def test_a_failed_restore_changes_nothing(engine: Engine, saved: Path, cluster: Cluster, fault: str) -> None:
    """A file that is no whole backup of ours is rejected, and the database stays as it was, with nothing beside it."""
    whole = saved.read_bytes()
    match fault:
        case "truncated":
            saved.write_bytes(whole[: len(whole) * 2 // 3])
        case "text":
            saved.write_text("DROP TABLE officer;")
        case "empty":
            saved.write_bytes(b"")
        case "missing":
            saved.unlink()
        case "other":
            dump(cluster, "template1", saved)
        case "newer":
            with engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            backup.backup(engine, saved)
            with engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": migrations.newest()})
    before = databases(engine)
    with pytest.raises(DataRejected):
        backup.restore(engine, saved)
    assert read_all(engine, "officers")["code"].tolist() == ["A", "B"]
    assert databases(engine) == before


def test_a_restore_cuts_other_connections(engine: Engine, saved: Path) -> None:
    """Somebody else who is connected does not keep the restore from being done."""
    other = make_engine(engine.url.render_as_string(hide_password=False))
    with other.connect() as idle:
        idle.execute(text("SELECT 1"))
        backup.restore(engine, saved)
        idle.invalidate()
    assert read_all(other, "officers")["code"].tolist() == ["A"]
    other.dispose()


def test_a_failed_backup_leaves_no_file(engine: Engine, tmp_path: Path) -> None:
    """A backup of a database that is not there fails, and no file appears."""
    gone = create_engine(engine.url.set(database="no_such_database"))
    with pytest.raises(DatabaseUnreachable):
        backup.backup(gone, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def dump(cluster: Cluster, database: str, file: Path) -> None:
    """A backup of a database that is none of ours."""
    command = ["pg_dump", "-Fc", "-h", cluster.socket, "-U", "wangge", "-T", "spatial_ref_sys", "-f", file, database]
    subprocess.run([str(word) for word in command], check=True)

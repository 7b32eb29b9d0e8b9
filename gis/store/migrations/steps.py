"""What the versions of the schema share: SQL from the files beside them, and tables that only grow."""

from collections.abc import Iterable
from pathlib import Path

from alembic import op

_SQL = Path(__file__).parent / "sql"


def run_file(name: str) -> None:
    """Runs a file of the folder `sql`."""
    _run((_SQL / name).read_text(encoding="utf-8"))


def restore_function(name: str, file: str) -> None:
    """Puts a function back to what it was in an earlier file of the folder `sql`."""
    text = (_SQL / file).read_text(encoding="utf-8")
    head = next(head for head in (f"CREATE OR REPLACE FUNCTION {name}(", f"CREATE FUNCTION {name}(") if head in text)
    start = text.index(head)
    body = text[start + len(head) : text.index("$$;", start) + 3]
    _run(f"CREATE OR REPLACE FUNCTION {name}({body}")


def only_add_to(tables: Iterable[str]) -> None:
    """From now on rows of these tables are neither changed nor taken away."""
    for table in tables:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION wangge_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )


def _run(text: str) -> None:
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))

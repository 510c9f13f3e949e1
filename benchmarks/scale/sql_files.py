"""The SQL of the benchmark, a file a statement."""

from pathlib import Path

_SQL = Path(__file__).parent / "sql"


def sql(name: str) -> str:
    """The text of a file in `sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")

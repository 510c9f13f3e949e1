"""The ClickHouse engine in this process (chDB); each statement runs in a new session, as over HTTP."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from gatemeter.embedded.clickhouse_errors import ErrorCode, code_in
from gatemeter.embedded.clickhouse_request import Insert, Session
from gatemeter.errors import GatemeterError

_SETTING_NAME = re.compile(r"[A-Za-z_]\w*\Z")


class EngineError(GatemeterError):
    """The engine refused a statement; `code` is ClickHouse's."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a statement in the requested format, and its cost."""

    body: bytes
    rows_read: int
    bytes_read: int
    rows_written: int
    bytes_written: int
    elapsed_ns: int


class Engine:
    """Owns the engine of a directory until `close`. Thread-safe.

    A session takes about a millisecond to open, so each statement gets a new one: no client sees another's settings.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path.resolve())
        # The engine lives as long as its oldest connection.
        self._keeper = chdb.connect(self._path)

    def query(self, statement: str, session: Session, output_format: str) -> Answer:
        """Run one statement. A FORMAT clause in it overrides `output_format`. Raises EngineError."""
        try:
            with chdb.connect(self._path) as connection:
                _enter(connection, session)
                result = connection.query(statement, output_format, params=dict(session.parameters))
        except (chdb.ChdbError, RuntimeError) as error:
            message = str(error)
            raise EngineError(message, code_in(message)) from error
        return Answer(
            body=result.bytes() or b"",
            rows_read=result.rows_read(),
            bytes_read=result.bytes_read(),
            rows_written=result.rows_written(),
            bytes_written=result.bytes_written(),
            elapsed_ns=int(result.elapsed() * 1e9),
        )

    def insert(self, insert: Insert, session: Session) -> Answer:
        """Store the rows of one INSERT; they are durable when it returns. Raises EngineError."""
        settings = f" SETTINGS {insert.settings}" if insert.settings else ""
        # The engine reads binary data only from a file.
        with tempfile.NamedTemporaryFile(suffix=".rows") as rows:
            rows.write(insert.data)
            rows.flush()
            statement = (
                f"INSERT INTO {insert.table} {insert.columns} FROM INFILE {_quoted(rows.name)} COMPRESSION 'none'"
                f"{settings} FORMAT {insert.format}"
            )
            return self.query(statement, session, "TabSeparated")

    def close(self) -> None:
        """Release the directory."""
        self._keeper.close()


def _enter(connection: Any, session: Session) -> None:
    if session.database:
        connection.query(f"USE {_quoted_name(session.database)}", "TabSeparated")
    for name, value in session.settings.items():
        if not _SETTING_NAME.match(name):
            raise EngineError(f"Unknown setting {name!r}", ErrorCode.UNKNOWN_SETTING)
        connection.query(f"SET {name} = {_quoted(value)}", "TabSeparated")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted_name(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

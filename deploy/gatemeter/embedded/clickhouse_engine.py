"""The ClickHouse engine in this process (chDB); each statement runs in a new session, as over HTTP."""

import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from gatemeter.embedded.clickhouse_errors import ErrorCode, code_in
from gatemeter.embedded.clickhouse_request import Insert, Session
from gatemeter.embedded.read_only_statement import refusal
from gatemeter.errors import GatemeterError

_ACCESS = Path(__file__).with_name("clickhouse_access.xml")
_SETTING_NAME = re.compile(r"[A-Za-z_]\w*\Z")
# After the last one no setting can be changed, neither by the client nor in the statement.
_READER_SETTINGS = {
    # What reports ask for, so that asking for it changes nothing.
    "do_not_merge_across_partitions_select_final": "1",
    "max_execution_time": "300",
    "max_memory_usage": "1000000000",
    "max_result_bytes": "268435456",
    "readonly": "1",
}
_READER_STATEMENT_BYTES = 100_000
_POLL_S = 0.05


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
        # The engine lives as long as its oldest connection, which also decides about its users.
        self._keeper = chdb.connect(f"{self._path}?config-file={_ACCESS}")

    def query(self, statement: str, session: Session, output_format: str) -> Answer:
        """Run one statement. A FORMAT clause in it overrides `output_format`. Raises EngineError."""
        try:
            with chdb.connect(self._path) as connection:
                _enter(connection, session)
                if session.is_reading_only:
                    statement = _checked(connection, statement)
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

    def kill(self, tag: str) -> None:
        """Ask the statement of the session with `tag` to end; it does so within seconds. Without it nothing happens."""
        self.query(f"KILL QUERY WHERE Settings['log_comment'] = {_quoted(tag)} ASYNC", Session(), "TabSeparated")

    def kill_all(self) -> None:
        """Ask every running statement to end, and wait until all have."""
        others = "FROM system.processes WHERE query_id != queryID()"
        self.query("KILL QUERY WHERE query_id != queryID() ASYNC", Session(), "TabSeparated")
        while self.query(f"SELECT count() {others}", Session(), "TabSeparated").body.strip() != b"0":
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Release the directory."""
        self._keeper.close()


def _enter(connection: Any, session: Session) -> None:
    if session.is_reading_only:
        connection.query("SET ROLE NONE", "TabSeparated")
    if session.database:
        connection.query(f"USE {_quoted_name(session.database)}", "TabSeparated")
    own = {"log_comment": session.tag} | (_READER_SETTINGS if session.is_reading_only else {})
    _set(connection, own)
    for name, value in session.settings.items():
        if not _SETTING_NAME.match(name):
            raise EngineError(f"Unknown setting {name!r}", ErrorCode.UNKNOWN_SETTING)
        _set(connection, {name: value})


def _set(connection: Any, settings: Mapping[str, str]) -> None:
    values = ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items())
    connection.query(f"SET {values}", "TabSeparated")


def _checked(connection: Any, statement: str) -> str:
    """The statement as the engine's formatter prints it, which is what was checked. Raises EngineError."""
    if len(statement) > _READER_STATEMENT_BYTES:
        raise EngineError("The statement is too long for this login", ErrorCode.SYNTAX_ERROR)
    # The formatter takes exactly one statement.
    printed = connection.query(f"SELECT formatQuerySingleLine({_quoted(statement)})", "TSVRaw").bytes()
    checked = str((printed or b"").decode()).strip()
    reason = refusal(checked)
    if reason is not None:
        raise EngineError(f"Code: {ErrorCode.ACCESS_DENIED:d}. DB::Exception: {reason}", ErrorCode.ACCESS_DENIED)
    return checked


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted_name(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

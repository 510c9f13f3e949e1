"""The ClickHouse engine in this process (chDB); each statement runs in a new session, as over HTTP."""

import os
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import chdb

from gatemeter.embedded.clickhouse_answer_files import AnswerFiles, into_file
from gatemeter.embedded.clickhouse_errors import ErrorCode, code_in
from gatemeter.embedded.clickhouse_request import Insert, Session, answers
from gatemeter.embedded.read_only_statement import refusal
from gatemeter.errors import GatemeterError

_ACCESS = Path(__file__).with_name("clickhouse_access.xml")
_SETTING_NAME = re.compile(r"[A-Za-z_]\w*\Z")
# Grafana's data source sets it with every statement.
_MAX_TIME = "max_execution_time"
# After the last one no setting can be changed, neither by the client nor in the statement.
_READER_SETTINGS = {
    # What reports ask for, so that asking for it changes nothing.
    "do_not_merge_across_partitions_select_final": "1",
    _MAX_TIME: "300",
    "max_memory_usage": "1000000000",
    "max_result_bytes": "268435456",
    "readonly": "1",
}
_READER_STATEMENT_BYTES = 100_000
# Of an answer that the engine does not write to a file, which is short but for statements of an odd form.
_BUFFERED_BYTES = "67108864"
_FIRST_BYTES = 1024 * 1024
# Files are written by several threads at once otherwise, whose buffers take as much memory as the answer.
_WRITING_SETTINGS = {"output_format_parallel_formatting": "0"}
_POLL_S = 0.05


class EngineError(GatemeterError):
    """The engine refused a statement; `code` is ClickHouse's."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a statement in the requested format, and its cost.

    `body` is all of it, or its first part if there is `rest`, the file with what follows, for whoever closes it.
    """

    body: bytes
    rest: BinaryIO | None
    size_bytes: int
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
        self._files = AnswerFiles(path.resolve())

    def query(self, statement: str, session: Session, output_format: str) -> Answer:
        """Run one statement. A FORMAT clause in it overrides `output_format`. Raises EngineError."""
        try:
            with chdb.connect(self._path) as connection:
                _enter(connection, session, is_buffered=not answers(statement))
                if session.is_reading_only:
                    statement = _checked(connection, statement)
                result = self._run(connection, statement, session, output_format)
        except (chdb.ChdbError, RuntimeError) as error:
            self._discard(session.tag)
            message = str(error)
            raise EngineError(message, code_in(message)) from error
        return self._answer(result, session.tag)

    def _run(self, connection: Any, statement: str, session: Session, output_format: str) -> Any:
        parameters = dict(session.parameters)
        if session.tag and answers(statement):
            aside = into_file(statement, self._files.path(session.tag), output_format)
            try:
                return connection.query(aside, output_format, params=parameters)
            except (chdb.ChdbError, RuntimeError) as error:
                if code_in(str(error)) != ErrorCode.SYNTAX_ERROR:
                    raise
                # Without the file the error is about what the client wrote, or there is none.
                self._discard(session.tag)
            if limit := _buffer_limit(session):
                _set(connection, limit)
        return connection.query(statement, output_format, params=parameters)

    def _answer(self, result: Any, tag: str) -> Answer:
        file = self._files.take(tag) if tag else None
        body = result.bytes() or b"" if file is None else file.read(_FIRST_BYTES)
        size_bytes = len(body) if file is None else os.fstat(file.fileno()).st_size
        if file is not None and size_bytes == len(body):
            file.close()
            file = None
        return Answer(
            body=body,
            rest=file,
            size_bytes=size_bytes,
            rows_read=result.rows_read(),
            bytes_read=result.bytes_read(),
            rows_written=result.rows_written(),
            bytes_written=result.bytes_written(),
            elapsed_ns=int(result.elapsed() * 1e9),
        )

    def _discard(self, tag: str) -> None:
        if tag and (file := self._files.take(tag)):
            file.close()

    def answer_bytes(self, tag: str) -> int:
        """How much of the answer to the running statement of the session with `tag` is written."""
        return self._files.size_bytes(tag)

    def insert(self, insert: Insert, session: Session) -> Answer:
        """Store the rows of one INSERT; they are durable when it returns. Raises EngineError."""
        settings = f" SETTINGS {insert.settings}" if insert.settings else ""
        # The engine reads binary data only from a file.
        with tempfile.NamedTemporaryFile(dir=self._files.folder, suffix=".rows") as rows:
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


def _enter(connection: Any, session: Session, *, is_buffered: bool) -> None:
    """Give `connection` the rights and settings of `session`, whose answer `is_buffered` if it goes to no file."""
    settings = dict(session.settings)
    for name in settings:
        if not _SETTING_NAME.match(name):
            raise EngineError(f"Unknown setting {name!r}", ErrorCode.UNKNOWN_SETTING)
    if session.is_reading_only:
        connection.query(f"SET ROLE {session.engine_role}", "TabSeparated")
    if session.database:
        connection.query(f"USE {_quoted_name(session.database)}", "TabSeparated")
    own = {"log_comment": session.tag} | _WRITING_SETTINGS | (_buffer_limit(session) if is_buffered else {})
    if not session.is_reading_only:
        _set(connection, own | settings)
        return
    # Apart, so that the engine refuses what this login may not change.
    _set(connection, own | _READER_SETTINGS | {_MAX_TIME: _shorter_time(settings)})
    if settings:
        _set(connection, settings)


def _buffer_limit(session: Session) -> dict[str, str]:
    """What limits an answer that is kept in memory; a reading login has its own limit."""
    is_limited = session.is_reading_only or "max_result_bytes" in session.settings
    return {"max_result_bytes": _BUFFERED_BYTES} if session.tag and not is_limited else {}


def _shorter_time(settings: dict[str, str]) -> str:
    """How long the statement of a reading login may take; taken out of its settings if they ask for less."""
    longest = _READER_SETTINGS[_MAX_TIME]
    asked = settings.get(_MAX_TIME, "")
    is_shorter = asked.isascii() and asked.isdigit() and 0 < int(asked) <= int(longest)
    return settings.pop(_MAX_TIME) if is_shorter else longest


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

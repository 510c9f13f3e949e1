"""Ends the statements of a question from another thread, because nobody waits for its answer any more."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.errors import GatemeterError

_KILL = (
    "KILL QUERY WHERE query_id = {query_id:String} OR endsWith(Settings['log_comment'], {query_id:String}) "
    "ASYNC FORMAT Null"
)

_current: ContextVar["Cancellation | None"] = ContextVar("cancellation", default=None)


class QueryCancelledError(GatemeterError):
    """The question was cancelled."""


class Cancellation:
    """Whether a question was cancelled, and which of its statements runs. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._query_id: str | None = None
        self._is_cancelled = False

    @contextmanager
    def block(self) -> Iterator[None]:
        """Let `next_query_id` name the queries of a block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Let no further statement begin; see `kill` for the one that runs."""
        with self._lock:
            self._is_cancelled = True

    def kill(self, client: Client) -> None:
        """Ask ClickHouse to end the statement that runs; if it has not begun yet nothing happens, so ask again.

        `client` must not be in use by the statement where it is of the engine in this process. Raises as `classified`
        says.
        """
        with self._lock:
            query_id = self._query_id
        if query_id is not None:
            with classified("KILL QUERY"):
                client.command(_KILL, parameters={"query_id": query_id})

    def begin_statement(self) -> str:
        """The id of the next statement. Raises QueryCancelledError."""
        with self._lock:
            if self._is_cancelled:
                raise QueryCancelledError("nobody waits for the answer any more")
            self._query_id = uuid.uuid4().hex
            return self._query_id


def next_query_id() -> str | None:
    """The id under which the next statement has to run; None outside of a block. Raises QueryCancelledError."""
    current = _current.get()
    return None if current is None else current.begin_statement()

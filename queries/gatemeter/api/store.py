"""The store that an API asks, opened anew when its server was lost."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from math import inf
from time import monotonic
from typing import TypeVar

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.cancellation import Cancellation
from gatemeter.clickhouse.connection import IN_PROCESS, beside
from gatemeter.clickhouse.errors import is_connection_lost
from gatemeter.clickhouse.query import time_limit
from gatemeter.errors import GatemeterError, RetryableError

Result = TypeVar("Result")

OpenClient = Callable[[], AbstractContextManager[Client]]
_FAILING_S = 0.5
"""For so long after a store could not be opened, questions that waited for that are refused at once."""


class QueriedStore:
    """A client for questions from several threads; `open_client` opens the store.

    After a question that the server did not answer, the next one opens the store again: a server that was started anew
    may have another address and another password.
    """

    def __init__(self, open_client: OpenClient, query_s: float) -> None:
        self._open_client = open_client
        self._query_s = query_s
        self._opening = threading.Lock()
        # The engine inside this process answers one question at a time.
        self._asking = threading.Lock()
        self._opened: tuple[Client, ExitStack] | None = None
        self._failed_s = -inf

    def open(self) -> Client:
        """The client of the store. Raises as `open_client` does."""
        with self._opening:
            if self._opened is None:
                if monotonic() - self._failed_s < _FAILING_S:
                    raise RetryableError("the store could not be opened just now")
                self._opened = self._open_anew()
            return self._opened[0]

    def ask(self, question: Callable[[Client], Result], cancellation: Cancellation | None = None) -> Result:
        """What `question` finds, within the time for one question. Raises what it raises, and as `open` does."""
        with self._asked(cancellation or Cancellation(), self._query_s) as client:
            return question(client)

    def stream(
        self, pieces: Callable[[Client], Iterator[bytes]], cancellation: Cancellation, limit_s: float
    ) -> Generator[bytes]:
        """The pieces that `pieces` finds within `limit_s`. Raises as `ask` does, also once some are given."""
        with self._asked(cancellation, limit_s) as client:
            yield from pieces(client)

    def kill(self, cancellation: Cancellation) -> None:
        """Ask the store to end the statement that runs; see `Cancellation.kill`. Raises as that does."""
        with self._opening:
            client = None if self._opened is None else self._opened[0]
        if client is None:
            return
        if client.uri.startswith(IN_PROCESS):
            with closing(beside(client)) as other:
                cancellation.kill(other)
        else:
            cancellation.kill(client)

    @contextmanager
    def _asked(self, cancellation: Cancellation, limit_s: float) -> Iterator[Client]:
        client = self.open()
        in_turn = self._asking if client.uri.startswith(IN_PROCESS) else nullcontext()
        with in_turn, time_limit(limit_s), cancellation.block():
            try:
                yield client
            except GatemeterError as error:
                if is_connection_lost(error) and not cancellation.is_cancelled:
                    self._forget(client)
                raise

    def _open_anew(self) -> tuple[Client, ExitStack]:
        try:
            with ExitStack() as stack:
                client = stack.enter_context(self._open_client())
                return client, stack.pop_all()
        except GatemeterError:
            self._failed_s = monotonic()
            raise

    def close(self) -> None:
        """Close the store."""
        if self._opened is not None:
            self._forget(self._opened[0])

    def _forget(self, client: Client) -> None:
        with self._opening:
            if self._opened is not None and self._opened[0] is client:
                _, stack = self._opened
                self._opened = None
                stack.close()

"""A store that is created by its first write, so that a run which fails before that leaves nothing behind."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.stored_rows import epochs_with_rows
from gatemeter.errors import ConflictError
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import TableRows


class LazyStore:
    """A `Sink` and context manager over a store that is opened at once if it exists, else by the first write.

    `open_client` opens the store, and creates it if `is_missing()`; `name` is its name in errors. Every method may also
    raise what `open_client` raises.
    """

    def __init__(
        self, open_client: Callable[[], AbstractContextManager[Client]], *, is_missing: Callable[[], bool], name: str
    ) -> None:
        self._open_client = open_client
        self._is_missing = is_missing
        self._name = name
        self._stack = ExitStack()
        self._client: Client | None = None
        self._sink: Sink | None = None

    def __enter__(self) -> Self:
        if not self._is_missing():
            self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def write(self, batch: Sequence[TableRows]) -> None:
        """See `Sink.write`. Raises ConflictError if another process has created the store since the block began."""
        sink = self._sink
        if sink is None:
            if not self._is_missing():
                raise ConflictError("this store was made meanwhile", where=self._name, do="name a fresh --data")
            sink = self._open()
        sink.write(batch)

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """See `Sink.stored_epochs`; empty for a store that does not exist yet."""
        return () if self._sink is None else self._sink.stored_epochs(log)

    def epochs_with_rows(self, log: str) -> set[tuple[int, int]]:
        """Partition and first offset of every epoch of `log` with a row in any table. Raises as reports do."""
        return set() if self._client is None else set(epochs_with_rows(self._client, log))

    def close(self) -> None:
        """Do nothing: the end of the block closes the store."""

    def _open(self) -> Sink:
        self._client = self._stack.enter_context(self._open_client())
        self._sink = RetryingSink(self._client)
        return self._sink

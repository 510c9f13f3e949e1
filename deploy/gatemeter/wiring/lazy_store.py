"""A store that is made when its first rows are written, so that what fails before that leaves nothing behind."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.stored_rows import epochs_with_rows
from gatemeter.errors import ConflictError
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import TableRows
from gatemeter.wiring.store import is_new, open_store


class LateStore:
    """Implements `Sink` for a store that is opened at once where there is one, and else with the first write.

    To be used in a `with` block. Raises as `open_store` does.
    """

    def __init__(self, data: Path | None, clickhouse: str | None) -> None:
        self._data = data
        self._clickhouse = clickhouse
        self._stack = ExitStack()
        self._client: Client | None = None
        self._sink: Sink | None = None

    def __enter__(self) -> Self:
        if not is_new(self._data):
            self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def write(self, batch: Sequence[TableRows]) -> None:
        """See `Sink.write`. Raises ConflictError if somebody else has made the store meanwhile."""
        sink = self._sink
        if sink is None:
            if not is_new(self._data):
                raise ConflictError("this store was made meanwhile", where=str(self._data), do="name a fresh --data")
            sink = self._open()
        sink.write(batch)

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """See `Sink.stored_epochs`."""
        return () if self._sink is None else self._sink.stored_epochs(log)

    def epochs_with_rows(self, log: str) -> set[tuple[int, int]]:
        """Partition and first offset of every epoch of `log` with a row in any table. Raises as reports do."""
        return set() if self._client is None else set(epochs_with_rows(self._client, log))

    def close(self) -> None:
        """Nothing; the block's end closes it."""

    def _open(self) -> Sink:
        self._client = self._stack.enter_context(open_store(self._data, self._clickhouse, create=True))
        self._sink = RetryingSink(self._client)
        return self._sink

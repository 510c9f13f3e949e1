"""A sink for commands that a person waits for: tries a handful of times, then gives up."""

from collections.abc import Sequence

from gatemeter.contracts.errors import ClickHouseUnavailable, RetryableError
from gatemeter.sinks.retry import with_retry
from gatemeter.streams.sink import Sink, StoredEpoch
from gatemeter.streams.tables import TableRows


class RetryingSink:
    """Implements `Sink` over another one; raises ClickHouseUnavailable where that one kept raising RetryableError."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows; see `Sink.write`."""
        try:
            with_retry(lambda: self._sink.write(batch))
        except RetryableError as error:
            raise _gave_up(error) from error

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        try:
            return with_retry(lambda: self._sink.stored_epochs(log))
        except RetryableError as error:
            raise _gave_up(error) from error

    def close(self) -> None:
        """Close the sink underneath."""
        self._sink.close()


def _gave_up(error: RetryableError) -> ClickHouseUnavailable:
    return ClickHouseUnavailable(
        f"{error.what} (tried several times)",
        where=error.where,
        do="run the same command again once the server is well; nothing is counted twice",
    )

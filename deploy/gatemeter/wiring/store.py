"""Opens the stored numbers: on a ClickHouse server, through a running embedded stack, or in its directory.

A `LazyStore` is created by its first write, so that a run which fails before that leaves nothing behind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect, connect_embedded
from gatemeter.clickhouse.retention import MINUTES, kept_minutes
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.store_settings import EventLedgerState, EventLedgerSwitch, event_ledger_state
from gatemeter.clickhouse.stored_rows import epochs_with_rows
from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import ClickHouseUnavailable, ConflictError, DataDirError, RetryableError, SettingsError
from gatemeter.metering.counting_start import CountingStart
from gatemeter.metering.kept_minutes import KeptMinutes
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.migrations.runner import migrate
from gatemeter.migrations.schema_check import require_declared_schema
from gatemeter.schema import TableRows
from gatemeter.wiring.copied_store import copied_store, is_writable


@contextmanager
def open_store(
    data: Path | None, clickhouse: str | None, *, create: bool = False, only_reads: bool = False
) -> Iterator[Client]:
    """A client of the store until the block ends; its tables have this version's schema.

    Exactly one of `data`, a directory, and `clickhouse`, a server's URL, must be given. A directory's store is migrated
    here, and created if it is missing and `create` is set; a server must have been migrated before. With `only_reads` a
    directory need not be writable: then a copy of it is read, and what is written is lost. Raises DataDirError,
    ClickHouseUnavailable, ConflictError, InstallError and SettingsError.
    """
    with open_unmigrated(data, clickhouse, create=create, only_reads=only_reads) as client:
        if data is not None:
            migrate(client)
        else:
            require_declared_schema(client)
        yield client


def read_store_opener(data: Path | None, clickhouse: str | None) -> Callable[[], AbstractContextManager[Client]]:
    """Opens the store for reading, as often as needed, as `open_store` does.

    A directory on which a stack runs now is never opened without one: while the stack is started anew, nobody else may
    hold the directory. Then ClickHouseUnavailable is raised.
    """
    directory = None if data is None else DataDir(data)
    is_of_stack = directory is not None and directory.running() is not None

    def opened() -> AbstractContextManager[Client]:
        if is_of_stack and directory is not None and directory.running() is None:
            raise ClickHouseUnavailable("no stack runs here any more", where=str(data), do="start gatemeter up again")
        return open_store(data, clickhouse, only_reads=True)

    return opened


@contextmanager
def open_unmigrated(
    data: Path | None, clickhouse: str | None, *, create: bool, only_reads: bool = False
) -> Iterator[Client]:
    """As `open_store`, but the tables may be missing or old. `create` creates a missing database on a server, too.

    A directory is read through the stack that runs on it; without a running stack its lock is held until the block
    ends. A RetryableError that leaves the block is raised as ClickHouseUnavailable.
    """
    try:
        with _opened(data, clickhouse, create=create, only_reads=only_reads) as client:
            yield client
    except RetryableError as error:
        raise ClickHouseUnavailable(error.what, where=error.where, do="run the same command again later") from error


def _opened(
    data: Path | None, clickhouse: str | None, *, create: bool, only_reads: bool
) -> AbstractContextManager[Client]:
    if clickhouse is not None and data is None:
        return _server(clickhouse, create=create)
    if data is not None and clickhouse is None:
        return _data_dir(DataDir(data), create=create, only_reads=only_reads)
    raise SettingsError("one store is needed", do="give either --data DIR or --clickhouse URL")


@contextmanager
def _server(url: str, *, create: bool) -> Iterator[Client]:
    client = connect(ClickHouseAddress.parse(url), create_database=create)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _data_dir(directory: DataDir, *, create: bool, only_reads: bool) -> Iterator[Client]:
    running = directory.running()
    if running is not None:
        with _server(running.clickhouse_url, create=create) as client:
            yield client
        return
    if not create and not _holds_store(directory):
        raise DataDirError(
            "nothing was metered here yet",
            where=str(directory.path),
            do="run gatemeter meter or gatemeter up with this --data first",
        )
    if only_reads and not is_writable(directory):
        with copied_store(directory) as path, closing(connect_embedded(path)) as client:
            yield client
        return
    with directory.hold(), closing(connect_embedded(directory.clickhouse_path)) as client:
        yield client


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
        self._switch: EventLedgerSwitch | None = None

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

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """See `Sink.counting_starts`; empty for a store that does not exist yet."""
        return {} if self._sink is None else self._sink.counting_starts(log)

    def epochs_with_rows(self, log: str) -> set[tuple[int, int]]:
        """Partition and first offset of every epoch of `log` with a row in any table. Raises as reports do."""
        return set() if self._client is None else set(epochs_with_rows(self._client, log))

    def event_ledger_state(self, requested: bool | None, now: datetime) -> EventLedgerState:
        """See `clickhouse.store_settings`; a store that does not exist yet is switched when it is created."""
        if self._client is not None:
            return event_ledger_state(self._client, requested, now)
        self._switch = EventLedgerSwitch(is_on=True, at=now) if requested else None
        return EventLedgerState(bool(requested), self._switch)

    def kept_minutes(self) -> KeptMinutes:
        """See `clickhouse.retention`; for a store that does not exist yet, what it is created with."""
        return KeptMinutes(MINUTES.first_days) if self._client is None else kept_minutes(self._client)

    def close(self) -> None:
        """Do nothing: the end of the block closes the store."""

    def _open(self) -> Sink:
        self._client = self._stack.enter_context(self._open_client())
        self._sink = RetryingSink(self._client)
        if self._switch is not None:
            event_ledger_state(self._client, self._switch.is_on, self._switch.at)
        return self._sink


def lazy_store(data: Path | None, clickhouse: str | None) -> LazyStore:
    """The store of `open_store`, to be created by its first write if it is a directory's and missing."""
    return LazyStore(
        lambda: open_store(data, clickhouse, create=True), is_missing=lambda: _is_missing(data), name=str(data)
    )


def _is_missing(data: Path | None) -> bool:
    if data is None:
        return False
    directory = DataDir(data)
    return directory.running() is None and not _holds_store(directory)


def _holds_store(directory: DataDir) -> bool:
    try:
        return any(directory.clickhouse_path.iterdir())
    except FileNotFoundError:
        return False
    except OSError as error:
        where = str(directory.clickhouse_path)
        raise DataDirError(f"cannot be read: {error.strerror}", where=where, do="name another --data") from error

"""Opens the stored numbers: on a ClickHouse server, through a running embedded stack, or in its directory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect, connect_embedded
from gatemeter.clickhouse.lazy_store import LazyStore
from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import ClickHouseUnavailable, DataDirError, RetryableError, SettingsError
from gatemeter.migrations.runner import migrate
from gatemeter.migrations.schema_check import require_declared_schema


@contextmanager
def open_store(data: Path | None, clickhouse: str | None, *, create: bool = False) -> Iterator[Client]:
    """A client of the store until the block ends; its tables have this version's schema.

    Exactly one of `data`, a directory, and `clickhouse`, a server's URL, must be given. A directory's store is migrated
    here, and created if it is missing and `create` is set; a server must have been migrated before. Raises
    DataDirError, ClickHouseUnavailable, ConflictError, InstallError and SettingsError.
    """
    with open_unmigrated(data, clickhouse, create=create) as client:
        if data is not None:
            migrate(client)
        else:
            require_declared_schema(client)
        yield client


@contextmanager
def open_unmigrated(data: Path | None, clickhouse: str | None, *, create: bool) -> Iterator[Client]:
    """As `open_store`, but the tables may be missing or old. `create` creates a missing database on a server, too.

    A directory is read through the stack that runs on it; without a running stack its lock is held until the block
    ends. A RetryableError that leaves the block is raised as ClickHouseUnavailable.
    """
    try:
        with _opened(data, clickhouse, create=create) as client:
            yield client
    except RetryableError as error:
        raise ClickHouseUnavailable(error.what, where=error.where, do="run the same command again later") from error


def _opened(data: Path | None, clickhouse: str | None, *, create: bool) -> AbstractContextManager[Client]:
    if clickhouse is not None and data is None:
        return _server(clickhouse, create=create)
    if data is not None and clickhouse is None:
        return _data_dir(DataDir(data), create=create)
    raise SettingsError("one store is needed", do="give either --data DIR or --clickhouse URL")


@contextmanager
def _server(url: str, *, create: bool) -> Iterator[Client]:
    client = connect(ClickHouseAddress.parse(url), create_database=create)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _data_dir(directory: DataDir, *, create: bool) -> Iterator[Client]:
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
    with directory.hold():
        client = connect_embedded(directory.clickhouse_path)
        try:
            yield client
        finally:
            client.close()


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

"""A pytest plugin: empty databases on the ClickHouse of the run, with the tables of gatemeter or without any.

Applying all migrations takes longer than most tests, and so does a connection for each step of this. A database with
tables is therefore copied from one that was migrated, emptied after a test by a client that stays open, and used again
by the next test, unless its schema was changed: then it is dropped.
"""

import copy
import functools
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import DEFAULT_DATABASE, ClickHouseAddress, connect
from gatemeter.clickhouse.retention import EVENTS, record_retention
from gatemeter.migrations.runner import LONGEST_DAYS, Retention, keep, migrate
from tests.support.copied_schema import JOURNAL, CopiedSchema
from tests.support.made_once import MakeOnce

_SCHEMA = "schema.json"


@dataclass(frozen=True, slots=True)
class Store:
    """A database with the tables of gatemeter."""

    url: str

    @property
    def flags(self) -> tuple[str, str]:
        """The option of a command that names it."""
        return "--clickhouse", self.url

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client of the database for a block, as others of this process use it: change none of its settings."""
        yield _client_of(self.url)


NewStore = Callable[[], Store]
"""Makes another empty store (the fixture `new_store`)."""


def open_database(url: str) -> Client:
    """A client of the database that the URL names, which is created if it is missing."""
    return connect(ClickHouseAddress.parse(url), create_database=True)


def _client_of(url: str) -> Client:
    """A client of a database that is there.

    All clients of a server are one but for the database, because what a client asks a server for when it connects takes
    longer than the statements of most tests.
    """
    client = copy.copy(_first_client(url_of(url, DEFAULT_DATABASE)))
    client.database = urlsplit(url).path.removeprefix("/")
    return client


@functools.cache
def _first_client(url: str) -> Client:
    return open_database(url)


def url_of(server_url: str, database: str) -> str:
    """The URL of a database on a server."""
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()


_LAST_CHANGE = """
SELECT count(), toUnixTimestamp(max(metadata_modification_time)), toUnixTimestamp(now())
FROM system.tables WHERE database = {database:String}
"""


@dataclass(frozen=True, slots=True)
class _Free:
    """An empty database, and the second of the server's clock at which it had the schema of a new one."""

    name: str
    as_made_s: int


class DatabasePool:
    """Empty databases on one server that are as `prepare` leaves one, migrated at least. For one thread."""

    def __init__(self, server_url: str, make_once: MakeOnce, prepare: Callable[[Client], object] = migrate) -> None:
        self._server_url = server_url
        self._make_once = make_once
        self._prepare = prepare
        self._free: list[_Free] = []

    @contextmanager
    def store(self) -> Iterator[Store]:
        """An empty store that nobody else uses, for a block."""
        free = self._free.pop() if self._free else _Free(self._copy(), as_made_s=0)
        yield Store(url_of(self._server_url, free.name))
        self._give_back(free)

    def _give_back(self, used: _Free) -> None:
        """Empty the database for the next test; drop it when its schema is not that of a new one."""
        parameters = {"database": used.name}
        [[tables, changed_s, now_s]] = self._client.query(_LAST_CHANGE, parameters=parameters).result_rows
        # Files tell when a table was changed by the second. All statements are compared only where that leaves doubt.
        is_unchanged = tables == len(self._schema.statements) and changed_s < used.as_made_s
        if is_unchanged or CopiedSchema.of(self._client, used.name).nameless() == self._schema.nameless():
            self._client.command(f"TRUNCATE TABLES FROM `{used.name}` NOT LIKE '{JOURNAL}'")
            self._free.append(_Free(used.name, now_s))
        else:
            self._client.command(f"DROP DATABASE IF EXISTS `{used.name}`")

    def close(self) -> None:
        """Drop the databases that are free."""
        if "_client" in vars(self):
            for free in self._free:
                self._client.command(f"DROP DATABASE IF EXISTS `{free.name}`")
            self._client.close()

    def _copy(self) -> str:
        name = f"store_{secrets.token_hex(4)}"
        self._schema.create(self._client, name)
        return name

    @cached_property
    def _client(self) -> Client:
        return open_database(self._server_url)

    @cached_property
    def _schema(self) -> CopiedSchema:
        """Of which all databases are copies: migrations take ten times as long as a copy."""
        folder = self._make_once(
            f"schema-{self._prepare.__name__}", lambda made: self._migrated().write(made / _SCHEMA)
        )
        return CopiedSchema.read(folder / _SCHEMA)

    def _migrated(self) -> CopiedSchema:
        name = f"migrated_{secrets.token_hex(4)}"
        with closing(open_database(url_of(self._server_url, name))) as client:
            self._prepare(client)
            # The events of tests are of fixed times, which are long ago.
            keep(client, Retention.MINUTES, LONGEST_DAYS)
            schema = CopiedSchema.of(client, name)
            client.command(f"DROP DATABASE `{name}`")
        return schema


@contextmanager
def merges_stopped(client: Client, table: str) -> Iterator[None]:
    """Keep the engine from merging parts of a table of the client's database, for a block."""
    client.command(f"SYSTEM STOP MERGES {table}")
    try:
        yield
    finally:
        client.command(f"SYSTEM START MERGES {table}")


@pytest.fixture(scope="session")
def database_pool(clickhouse_url: str, make_once: MakeOnce) -> Iterator[DatabasePool]:
    """The databases of this process, shared by its tests one after the other."""
    pool = DatabasePool(clickhouse_url, make_once)
    yield pool
    pool.close()


def _migrate_for_lasting_events(client: Client) -> None:
    migrate(client)
    keep(client, Retention.EVENTS, LONGEST_DAYS)


@pytest.fixture(scope="session")
def _lasting_pool(clickhouse_url: str, make_once: MakeOnce) -> Iterator[DatabasePool]:
    pool = DatabasePool(clickhouse_url, make_once, _migrate_for_lasting_events)
    yield pool
    pool.close()


@pytest.fixture
def lasting_store(_lasting_pool: DatabasePool) -> Iterator[Store]:
    """An empty database with all tables, whose events are never too old to be kept."""
    with _lasting_pool.store() as store:
        with store.client() as client:
            record_retention(client, EVENTS, LONGEST_DAYS, datetime.now(UTC))
        yield store


@pytest.fixture(scope="module")
def module_store(database_pool: DatabasePool) -> Iterator[Store]:
    """A store for all tests of a module, which see what a fixture of theirs has stored and change nothing."""
    with database_pool.store() as store:
        yield store


@pytest.fixture(scope="module")
def module_client(module_store: Store) -> Iterator[Client]:
    """A client of `module_store`."""
    with module_store.client() as client:
        yield client


@pytest.fixture
def new_store(database_pool: DatabasePool) -> Iterator[NewStore]:
    """Makes empty stores for this test alone, each another one."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(database_pool.store())


@pytest.fixture
def store(new_store: NewStore) -> Store:
    """An empty database with all tables."""
    return new_store()


@pytest.fixture
def store_url(store: Store) -> str:
    """The URL of an empty database with all tables."""
    return store.url


@pytest.fixture
def clickhouse_client(store: Store) -> Iterator[Client]:
    """A client of an empty database with all tables."""
    with store.client() as client:
        yield client


@pytest.fixture
def database(clickhouse_url: str, unique_name: str) -> Iterator[str]:
    """The URL of a new database without tables, which is dropped after the test."""
    url = url_of(clickhouse_url, unique_name)
    with closing(open_database(url)) as client:
        yield url
        client.command(f"DROP DATABASE `{unique_name}`")


@pytest.fixture
def empty_clickhouse(database: str) -> Iterator[Client]:
    """A client of a new database without tables."""
    with closing(open_database(database)) as client:
        yield client

"""A pytest plugin: empty databases on the ClickHouse of the run, with the tables of gatemeter or without any.

Applying all migrations takes longer than most tests. A database with tables is therefore emptied after a test and used
again by the next one, unless that test changed its schema: then it is dropped.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.migrations.runner import migrate
from gatemeter.schema import TABLES


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
        """A client of the database for a block."""
        with closing(open_database(self.url)) as client:
            yield client


NewStore = Callable[[], Store]
"""Makes another empty store (the fixture `new_store`)."""


def open_database(url: str) -> Client:
    """A client of the database that the URL names, which is created if it is missing."""
    return connect(ClickHouseAddress.parse(url), create_database=True)


def url_of(server_url: str, database: str) -> str:
    """The URL of a database on a server."""
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()


class DatabasePool:
    """Migrated, empty databases on one server."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._free: list[str] = []
        self._schema: tuple[str, ...] = ()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """An empty store that nobody else uses, for a block."""
        name = self._free.pop() if self._free else self._make()
        yield Store(url_of(self._server_url, name))
        self._give_back(name)

    def _give_back(self, name: str) -> None:
        """Empty the database for the next test; drop it when its schema is not that of a new one."""
        with closing(open_database(url_of(self._server_url, name))) as client:
            if _schema_of(client) == self._schema:
                _empty(client)
                self._free.append(name)
            else:
                client.command(f"DROP DATABASE IF EXISTS `{name}`")

    def drop(self) -> None:
        """Drop the databases that are free."""
        with closing(open_database(self._server_url)) as client:
            while self._free:
                client.command(f"DROP DATABASE IF EXISTS `{self._free.pop()}`")

    def _make(self) -> str:
        name = f"store_{secrets.token_hex(4)}"
        with closing(open_database(url_of(self._server_url, name))) as client:
            migrate(client)
            self._schema = self._schema or _schema_of(client)
        return name


def _schema_of(client: Client) -> tuple[str, ...]:
    """The statements that would create the tables and views of the client's database, without its name."""
    statements = client.query(
        "SELECT replaceAll(create_table_query, currentDatabase(), '') FROM system.tables "
        "WHERE database = currentDatabase() ORDER BY name"
    )
    return tuple(statement for (statement,) in statements.result_rows)


def _empty(client: Client) -> None:
    client.command(f"TRUNCATE TABLES FROM `{client.database}` NOT LIKE 'schema_migrations'")
    for table in TABLES:  # a test may have stopped them
        client.command(f"SYSTEM START MERGES {table.name}")


@pytest.fixture(scope="session")
def database_pool(clickhouse_url: str) -> Iterator[DatabasePool]:
    """The databases of this process, shared by its tests one after the other."""
    pool = DatabasePool(clickhouse_url)
    yield pool
    pool.drop()


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

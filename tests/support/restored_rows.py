"""A pytest plugin: rows that many tests begin with, written once, and brought back where a test changed a table."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.copied_schema import JOURNAL
from tests.support.databases import DatabasePool, Store

_PARTS = """
SELECT table, arraySort(groupArray(name)) FROM system.parts
WHERE database = {database:String} AND active GROUP BY table
"""

Parts = tuple[str, ...]
"""The names of a table's parts. No part of a table ever gets the name of one that held other rows."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a table holds since it was last restored: the database that its rows are a copy of, and its parts then."""

    source: str | None
    parts: Parts


class RestoredRows:
    """Gives a database the rows of one fill or another. Writing them takes longer than most tests that read them."""

    def __init__(self, client: Client) -> None:
        """`client` is one of a database with all tables, which nobody else uses and which has no rows of events."""
        self._client = client
        self._database = str(client.database)
        self._copies: dict[str, dict[str, Parts]] = {}
        self._rows: dict[str, _Rows] = {}
        self._keep("")

    def restore(self, name: str = "", fill: Callable[[Client], object] = lambda _client: None) -> None:
        """Leave the rows that `fill` writes into the database as it was at first, and no others.

        `name` stands for `fill`, which is called once. Without both the database becomes what it was at first.
        """
        if name not in self._copies:
            self.restore()
            fill(self._client)
            self._keep(name)
            return
        copied, parts = self._copies[name], self._parts()
        for table in parts.keys() | copied.keys() | self._rows.keys():
            source = self._copy(name) if table in copied else None
            if self._rows.get(table, _Rows(None, ())) != _Rows(source, parts.get(table, ())):
                self._client.command(f"TRUNCATE TABLE `{table}`")
                if source is not None:
                    self._client.command(f"ALTER TABLE `{table}` ATTACH PARTITION ALL FROM {source}.`{table}`")
        self._remember(name)

    def close(self) -> None:
        """Delete the copies."""
        for name in self._copies:
            self._client.command(f"DROP DATABASE IF EXISTS {self._copy(name)}")

    def _copy(self, name: str) -> str:
        return f"`{self._database}_{name}`"

    def _keep(self, name: str) -> None:
        """Copy the rows of all tables, which shares the files of their parts."""
        self._copies[name] = self._parts()
        self._client.command(f"CREATE DATABASE {self._copy(name)}")
        for table in self._copies[name]:
            self._client.command(f"CREATE TABLE {self._copy(name)}.`{table}` CLONE AS `{table}`")
        self._remember(name)

    def _remember(self, name: str) -> None:
        parts = self._parts()
        self._rows = {table: _Rows(self._copy(name), names) for table, names in parts.items()}

    def _parts(self) -> dict[str, Parts]:
        rows = self._client.query(_PARTS, parameters={"database": self._database}).result_rows
        return {table: tuple(names) for table, names in rows if table != JOURNAL}


@dataclass(frozen=True, slots=True)
class RestoredStore:
    """A store for tests that begin with the same rows and may change them."""

    _store: Store
    _rows: RestoredRows

    def holding(self, name: str, fill: Callable[[Store], object]) -> Store:
        """The store with the rows that `fill` writes into an empty one; `name` stands for `fill`."""
        self._rows.restore(name, lambda _client: fill(self._store))
        return self._store


@pytest.fixture(scope="module")
def restored_store(database_pool: DatabasePool) -> Iterator[RestoredStore]:
    """A store for all tests of a module, each of which gets its rows anew."""
    with database_pool.store() as store, store.client() as client, closing(RestoredRows(client)) as rows:
        yield RestoredStore(store, rows)

"""Tables and views of another database, as they are after all migrations and in a fraction of the time these take."""

import re
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Self

import msgspec
from clickhouse_connect.driver.client import Client

JOURNAL = "schema_migrations"


@dataclass(frozen=True, slots=True)
class CopiedSchema:
    """What makes a database that is like `source`, empty but for what migrations recorded.

    `statements` are the name and the CREATE statement of each table and view, by name; `journal` is what migrations
    recorded, in the format Native. `source` occurs in no statement but as the name of the database.
    """

    source: str
    statements: list[tuple[str, str]]
    journal: bytes

    @classmethod
    def of(cls, client: Client, database: str) -> Self:
        """The schema of a database that is there."""
        journal = client.raw_query(f"SELECT * FROM `{database}`.{JOURNAL}", fmt="Native")
        return cls(database, create_statements(client, database), journal)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` has written."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def write(self, path: Path) -> None:
        """Keep it for other processes."""
        path.write_bytes(msgspec.json.encode(self))

    def create(self, client: Client, target: str) -> None:
        """Create the database `target`."""
        created = dict(self.statements)
        client.command(f"CREATE DATABASE `{target}`")
        pattern = re.compile(rf"\b{self.source}\.(\w+)")
        mentions = {name: set(pattern.findall(text)) & created.keys() for name, text in created.items()}
        before = {name: others - {name} for name, others in mentions.items()}
        for name in TopologicalSorter(before).static_order():  # a view comes after those that it reads
            client.command(created[name].replace(self.source, target))
        client.raw_insert(f"`{target}`.{JOURNAL}", insert_block=self.journal, fmt="Native")

    def nameless(self) -> list[tuple[str, str]]:
        """The statements without the name of the database, for comparison with those of another one."""
        return [(name, text.replace(self.source, "")) for name, text in self.statements]


def create_statements(client: Client, database: str) -> list[tuple[str, str]]:
    """Name and CREATE statement of each table and view of a database, by name."""
    query = "SELECT name, create_table_query FROM system.tables WHERE database = {database:String} ORDER BY name"
    return [(name, text) for name, text in client.query(query, parameters={"database": database}).result_rows]

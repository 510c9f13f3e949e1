"""Reads a stored table as its readers do."""

from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.schema import TABLES, Table


def read_stored(client: Client, table: Table) -> list[Mapping[str, Any]]:
    """All rows that FINAL shows, by key: {column: value}."""
    order = ", ".join(f"`{name}`" for name in table.key_columns)
    result = client.query(f"SELECT * FROM {table.name} FINAL ORDER BY {order}")
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def read_all_stored(client: Client) -> dict[str, list[Mapping[str, Any]]]:
    """All that a reader of any table sees, by the names of the tables."""
    return {table.name: read_stored(client, table) for table in TABLES}

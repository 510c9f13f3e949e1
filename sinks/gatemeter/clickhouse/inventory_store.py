"""Stores the inventory in ClickHouse; implements `gatemeter.inventory.taking.InventoryStore`."""

from collections.abc import Mapping, Sequence

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.clickhouse.stored_rows import stored_sql
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.taking import EntitySet
from gatemeter.schema import TableRows


class ClickHouseInventory:
    """The tables of `gatemeter.schema.inventory` in the database of `client`, which is migrated and not closed here."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def write(self, rows: TableRows) -> None:
        """Store the rows; see `InventoryStore.write`."""
        if rows.row_count:
            types = {column.name: column.type for column in rows.table.columns}
            insert_columns(self._client, rows.table.name, types, rows.columns)

    def set_sizes(self, sets: Sequence[EntitySet]) -> Mapping[EntitySet, int]:
        """How many entities of each set are stored; see `InventoryStore.set_sizes`."""
        parameters = {
            "control_planes": sorted({each.control_plane_id for each in sets}),
            "set_ids": sorted({each.set_id for each in sets}),
        }
        with classified("inventory_entities"):
            rows = self._client.query(stored_sql("inventory_set_sizes"), parameters=parameters).result_rows
        found = {EntitySet(control_plane, Kind(kind), set_id): count for control_plane, kind, set_id, count in rows}
        return {each: found.get(each, 0) for each in sets}

    def dead_letters(self, log: str) -> set[tuple[int, int]]:
        """Partition and offset of each message of `log` that could not be taken. Raises as the other methods."""
        with classified("inventory_dead_letters"):
            rows = self._client.query(stored_sql("inventory_dead_letters"), parameters={"log": log}).result_rows
        return {(partition, offset) for partition, offset in rows}

"""The key columns of a stored table: a row replaces the row with the same key and a lower version."""

from gatemeter.schema import DEAD_LETTERS, EVENT_LEDGER, Table

VERSION_COLUMN = "version"
DELETED_COLUMN = "is_deleted"

_KEYED_BY_LOCATION = {DEAD_LETTERS.name, EVENT_LEDGER.name}


def key_columns(table: Table) -> tuple[str, ...]:
    """The names of `table`'s key columns, in the order of the stored table's ORDER BY.

    The key of a dead letter and of an event is their location in the log alone, so that recomputing them in another
    segment of the epoch replaces them.
    """
    no_key = {VERSION_COLUMN, DELETED_COLUMN}
    if table.name in _KEYED_BY_LOCATION:
        no_key.add("epoch_first_offset")
    return tuple(column.name for column in table.dimensions + table.lineage if column.name not in no_key)

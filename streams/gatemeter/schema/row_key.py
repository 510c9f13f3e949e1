"""Which columns tell one stored row from another: what a newer version of a row shares with the one it replaces."""

from gatemeter.schema import DEAD_LETTERS, EVENT_LEDGER, Table

VERSION_COLUMN = "version"
DELETED_COLUMN = "is_deleted"

_KNOWN_BY_PLACE = {DEAD_LETTERS.name, EVENT_LEDGER.name}


def key_columns(table: Table) -> tuple[str, ...]:
    """The names of `table`'s key columns, in the order of the stored table's ORDER BY.

    A dead letter and an event are known by their place in the log alone, so that recomputing them in another epoch (the
    salvage epoch after a gap) replaces them.
    """
    no_key = {VERSION_COLUMN, DELETED_COLUMN}
    if table.name in _KNOWN_BY_PLACE:
        no_key.add("epoch_first_offset")
    return tuple(column.name for column in table.dimensions + table.lineage if column.name not in no_key)

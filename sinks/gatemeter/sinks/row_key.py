"""Which columns tell one stored row from another: what a newer version of a row shares with the one it replaces."""

from gatemeter.streams.tables import DEAD_LETTERS, Table

VERSION_COLUMN = "version"
DELETED_COLUMN = "is_deleted"


def key_columns(table: Table) -> tuple[str, ...]:
    """The names of `table`'s key columns, in the order of the stored table's ORDER BY.

    A dead letter is known by its place in the log alone, so that recomputing it in another epoch (the salvage epoch
    after a gap) replaces it.
    """
    no_key = {VERSION_COLUMN, DELETED_COLUMN}
    if table.name == DEAD_LETTERS.name:
        no_key.add("epoch_first_offset")
    return tuple(column.name for column in table.dimensions + table.lineage if column.name not in no_key)

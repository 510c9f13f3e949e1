"""The tables of progress: from where a partition is counted, and how far it has been counted.

They are written beside the epochs, one row a partition, so that an epoch that vanishes leaves a trace elsewhere.
"""

from gatemeter.schema.table import Column, Table

_PARTITION = (Column("log", "String"), Column("partition", "Int32"), Column("version", "Int64"))

COUNTING_STARTS = Table(
    name="counting_starts",
    dimensions=(),
    lineage=_PARTITION,
    measures=(
        Column("first_offset", "Int64"),
        Column("topic", "String"),
        Column("reason", "String"),
        Column("recorded_at", "DateTime64(3, 'UTC')"),
    ),
)
"""Where counting of a partition begins: `first_offset`, and `reason`, a `metering.counting_start.StartReason`. Written
before the first row of the partition. `version` is -`first_offset`, so of two starts the earlier one stays: what the
log has lost between them was never counted."""

COUNTED_ENDS = Table(
    name="counted_ends",
    dimensions=(),
    lineage=_PARTITION,
    measures=(
        Column("topic", "String"),
        Column("log_kind", "String"),
        Column("counted_at", "DateTime64(3, 'UTC')"),
    ),
)
"""How far a partition of a topic or file has been stored: `version` is the highest next offset that the epoch ledger
has ever had. Written after the ledger, so it is never ahead of it."""

PROGRESS_TABLES = (COUNTING_STARTS, COUNTED_ENDS)
"""The tables that no flush holds rows of."""

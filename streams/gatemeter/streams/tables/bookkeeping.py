"""What is kept about the log itself: events that could not be counted, and the account of every epoch."""

from gatemeter.streams.tables.schema import LINEAGE, Column, Table

DEAD_LETTERS = Table(
    name="dead_letters",
    dimensions=(),
    lineage=(
        Column("log", "String"),
        Column("partition", "Int32"),
        Column("offset", "Int64"),
        Column("line", "UInt32"),
        Column("event_index", "UInt32"),
        Column("epoch_first_offset", "Int64"),
        Column("version", "Int64"),
        Column("is_deleted", "UInt8"),
    ),
    measures=(
        Column("topic", "String"),
        Column("message_time", "Nullable(DateTime64(3, 'UTC'))"),
        Column("format", "String"),
        Column("reason", "String"),
        Column("detail", "String"),
        Column("raw", "String"),
        Column("raw_size_bytes", "UInt64"),
    ),
)
"""Events that could not be counted. `line` is the 1-based line in the message (in the file, for a file),
`event_index` the 0-based place in a line that holds an array of events."""

EPOCH_LEDGER = Table(
    name="epoch_ledger",
    dimensions=(),
    lineage=LINEAGE,
    measures=(
        Column("topic", "String"),
        Column("log_kind", "String"),
        Column("epoch_size", "Int64"),
        Column("consumed", "Int64"),
        Column("counted", "Int64"),
        Column("duplicates", "Int64"),
        Column("dead_letters", "Int64"),
        Column("other_kind", "Int64"),
        Column("content_hash", "String"),
        Column("unterminated_line", "Int64"),
        Column("fields_left_out", "Int64"),
        Column("rules", "String"),
    ),
)
"""The conservation law per epoch: consumed = counted + duplicates + dead_letters + other_kind.

`topic` is the topic's name or the file's path, `log_kind` is `kafka`, `file` or `replay`. For files `content_hash`
covers the epoch's lines up to `version`, and `unterminated_line` is the offset of a last line without newline that
could not be read yet (-1: none), which a later run may find completed. For replays `content_hash` is the place of the
dead letter within its log (`replay_log`). `fields_left_out` counts fields of a type that could not be used, in events
that were counted without them. `rules` names the counting rules that made the rows (`metering`).
"""

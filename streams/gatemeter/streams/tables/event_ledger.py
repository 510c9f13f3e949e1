"""The optional ledger of single events, and the corrections that are booked from it."""

from gatemeter.streams.tables.schema import Column, Table

COUNTED, DUPLICATE, OTHER_KIND, CORRECTED = "counted", "duplicate", "other_kind", "corrected"
"""What became of an event: `EVENT_LEDGER.outcome`. `corrected` was counted, and taken back by a correction."""

EVENT_PLACE = (
    Column("log", "String"),
    Column("partition", "Int32"),
    Column("offset", "Int64"),
    Column("line", "UInt32"),
    Column("event_index", "UInt32"),
)
"""Where an event stands, as in `contracts.letter_place`."""

EVENT_LEDGER = Table(
    name="event_ledger",
    dimensions=(Column("id_hash", "UInt64"),),
    lineage=(*EVENT_PLACE, Column("epoch_first_offset", "Int64"), Column("version", "Int64")),
    measures=(
        Column("topic", "String"),
        Column("time", "DateTime64(3, 'UTC')"),
        Column("consumer_id", "String"),
        Column("outcome", "String"),
    ),
)
"""One row for every event that could be read: `id_hash` is the hash by which the duplicate filter knows it, `time` its
own time, `consumer_id` as in the usage tables. `version` is the event's offset + 1, and + 2 once it was corrected, so
a recount of the log never undoes a correction. Dead letters are in `dead_letters` alone."""

CORRECTIONS = Table(
    name="corrections",
    dimensions=(),
    lineage=(*EVENT_PLACE, Column("version", "Int64")),
    measures=(
        Column("id_hash", "UInt64"),
        Column("topic", "String"),
        Column("time", "DateTime64(3, 'UTC')"),
        Column("consumer_id", "String"),
        Column("kept_log", "String"),
        Column("kept_partition", "Int32"),
        Column("kept_offset", "Int64"),
        Column("kept_line", "UInt32"),
        Column("kept_event_index", "UInt32"),
        Column("reason", "String"),
        Column("booked_at", "DateTime64(3, 'UTC')"),
    ),
)
"""Why an event that was counted is taken back: one row an event, with the place of its copy that stays counted."""

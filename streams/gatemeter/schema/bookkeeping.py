"""The tables of bookkeeping: dead letters, the account of every epoch, the event ledger, and corrections."""

from gatemeter.schema.table import LINEAGE, Column, Table

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
        Column("is_masked", "UInt8"),
        Column("source_positions", "String"),
        Column("key_id", "String"),
        Column("original", "String"),
    ),
    is_keyed_by_location=True,
)
"""Events that could not be counted. `line` is the 1-based line in the message (in the file, for a file),
`event_index` the 0-based index in a line that holds an array of events.

`source_positions` says where its lines stood in what they were read from, in the form of `wire.source_positions`; ''
where their sender did not tell.

`raw` is the event as it stands, or if it `is_masked` only what `events.masking` leaves of it. `original` is the whole
event then, encrypted with the key that `key_id` names (`metering.originals`); both are '' where no original is kept."""

ORIGINAL_COLUMNS = ("key_id", "original")
"""Columns of `DEAD_LETTERS` that depend on who has counted: whether with a key, and with which. No comparison of rows
looks at them. An original that was changed does not open, for its encryption authenticates it and its location."""

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
        Column("first_event_time", "Nullable(DateTime64(3, 'UTC'))"),
        Column("unkeyed", "Int64"),
        Column("identities", "String"),
        Column("slimmed", "String"),
        Column("meter_events", "Int64"),
        Column("metered_other", "Int64"),
        Column("minutes_from", "Nullable(DateTime('UTC'))"),
    ),
)
"""Event accounting per epoch, the conservation law: consumed = counted + duplicates + dead_letters + other_kind.

`topic` is the topic's name or the file's path, `log_kind` a `metering.log.LogKind`. For files `content_hash` covers the
epoch's lines up to `version`, and `unterminated_line` is the offset of a last line without newline that could not be
read yet (-1: none), which a later run may find completed. For replays and corrections `content_hash` is the location of
the dead letter, or of the retracted event, within its log; `:corrected` follows where the text of the dead letter was
corrected. `fields_left_out` counts fields that could not be used, in events that were counted without them. `rules` is
the ruleset version that made the rows. `first_event_time` is the earliest time of an event of the epoch that the event
ledger was given; NULL where the event ledger was not kept. `unkeyed` counts messages without a key: in a topic of
several partitions their copies may be in another partition, where no worker knows them for copies. `identities` are
the kinds of `events.identity.IdentityKind` by which copies of the epoch's events are known, joined by commas; '' where
an older version counted. `slimmed` says by which rules events were cut before they were sent: the values of the
header of `wire.slimmed`, a line for each; '' where all came whole. `meter_events` are the events that custom meters
took, one that several meters took as often;
`metered_other` are the events of another kind (part of `other_kind`) that a meter took. From `minutes_from` on the
epoch's requests are counted per minute, too (`schema.minute_usage`): the begin of an hour, NULL where an older version
counted. It depends on when they were counted.
"""


COUNTED, DUPLICATE, OTHER_KIND, CORRECTED = "counted", "duplicate", "other_kind", "corrected"
"""What became of an event: `EVENT_LEDGER.outcome`. `corrected` was counted, and retracted by a correction."""

EVENT_LOCATION = (
    Column("log", "String"),
    Column("partition", "Int32"),
    Column("offset", "Int64"),
    Column("line", "UInt32"),
    Column("event_index", "UInt32"),
)
"""The columns of a `wire.event_location.EventLocation`."""

EVENT_LEDGER = Table(
    name="event_ledger",
    dimensions=(Column("id_hash", "UInt64"),),
    lineage=(*EVENT_LOCATION, Column("epoch_first_offset", "Int64"), Column("version", "Int64")),
    measures=(
        Column("topic", "String"),
        Column("time", "DateTime64(3, 'UTC')"),
        Column("consumer_id", "String"),
        Column("outcome", "String"),
    ),
    is_keyed_by_location=True,
)
"""One row for every event that could be read: `id_hash` is the hash by which the duplicate filter knows it, `time` the
event's own time, `consumer_id` as in the usage tables. `version` is the event's offset + 1, and + 2 once it was
corrected, so a recount of the log never undoes a correction. Dead letters are in `dead_letters` alone."""

CORRECTIONS = Table(
    name="corrections",
    dimensions=(),
    lineage=(*EVENT_LOCATION, Column("version", "Int64")),
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
        Column("row_hash", "String"),
    ),
)
"""Why a counted event is retracted: one row an event. The `kept_` columns locate its canonical copy, which stays.
`row_hash` is the SHA-256, in hexadecimal digits, of the two locations, `id_hash`, `booked_at` in Unix ms and `reason`,
a line each; '' where an older version booked it."""

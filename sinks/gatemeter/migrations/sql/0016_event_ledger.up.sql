-- Purpose: the optional ledger of single events: one narrow row for every event that could be read, with its place in
-- the log and what became of it. With it duplicates are found at any distance, and a number can be traced to events.
--
-- ORDER BY: the event's hash first, because duplicates stand together then and one event is looked up by its id; the
-- place in the log next, which makes the key unique to one event. The epoch is not part of the key: recounting a place
-- in another epoch (after a gap) must replace the row, not add one.
-- PRIMARY KEY: the hash and the log find an event; the rest would only fill the index in memory.
-- PARTITION BY the month of the event's own time: it follows from the place, so rows that replace each other always
-- share a partition. Parts keep the extremes of `time` as well, which is why it needs no index of its own.
-- Index on consumer_id: rows are in the order of their hashes, so without it the events of one consumer could only be
-- found by reading all of a month; it pays where a consumer has few of a month's events.
-- TTL: by the event's own time, so a log metered late leaves no rows that are older than it says. Another number of
-- days is set with `gatemeter migrate --keep-events-days`.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.event_ledger ${on_cluster}
(
    id_hash UInt64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    time DateTime64(3, 'UTC') CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    INDEX consumer consumer_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYYYYMM(time)
PRIMARY KEY (id_hash, log)
ORDER BY (id_hash, log, partition, offset, line, event_index)
TTL toDateTime(time) + INTERVAL 400 DAY
SETTINGS ${dedup_window:0};

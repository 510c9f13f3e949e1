-- Purpose: why an event that was counted is taken back: one row an event, with the place of its copy that stays counted
-- and the reason. What it takes back is booked in the tables of usage as rows with negative counts.
--
-- ORDER BY: the place of the event and nothing else, so booking a correction again replaces it by itself.
-- Not partitioned, and kept for good: corrections are few, and bills rest on them.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.corrections ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(Delta, ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    id_hash UInt64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    time DateTime64(3, 'UTC') CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    kept_log String CODEC(ZSTD),
    kept_partition Int32 CODEC(ZSTD),
    kept_offset Int64 CODEC(ZSTD),
    kept_line UInt32 CODEC(ZSTD),
    kept_event_index UInt32 CODEC(ZSTD),
    reason String CODEC(ZSTD),
    booked_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition, offset, line, event_index)
SETTINGS ${dedup_window:0};

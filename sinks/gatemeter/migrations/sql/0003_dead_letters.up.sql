-- Purpose: the events that could not be counted, each with its reason and its first bytes.
--
-- ORDER BY: an event's place in the log and nothing else. The epoch is not part of the key: recomputing a place in
-- another epoch (after a gap) must replace the letter, not add one. People look letters up by log and offset.
-- Not partitioned: no time is certain for an event that could not be read.
-- is_deleted: a letter that a later reading could count after all (a last line that was completed) is taken back by
-- a row of a higher version.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.dead_letters ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(Delta, ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    is_deleted UInt8 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    message_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    format String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    detail String CODEC(ZSTD),
    raw String CODEC(ZSTD(3)),
    raw_size_bytes UInt64 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version, is_deleted)}
ORDER BY (log, partition, offset, line, event_index)
SETTINGS ${dedup_window:0};

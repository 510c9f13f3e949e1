-- Purpose: the conservation law per epoch (consumed = counted + duplicates + dead_letters + other_kind), and how far
-- each epoch has been stored.
--
-- ORDER BY: the log, its partition and the epoch, as a worker asks for all epochs of one log when it starts.
-- Not partitioned: one row an epoch, thousands of rows in all.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.epoch_ledger ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(Delta, ZSTD),
    version Int64 CODEC(Delta, ZSTD),
    topic String CODEC(ZSTD),
    log_kind String CODEC(ZSTD),
    epoch_size Int64 CODEC(ZSTD),
    consumed UInt64 CODEC(ZSTD),
    counted UInt64 CODEC(ZSTD),
    duplicates UInt64 CODEC(ZSTD),
    dead_letters UInt64 CODEC(ZSTD),
    other_kind UInt64 CODEC(ZSTD),
    content_hash String CODEC(ZSTD),
    unterminated_line Int64 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition, epoch_first_offset)
SETTINGS ${dedup_window:0};

-- Purpose: from where each partition of a log is counted, and how far it has been stored. The epochs say it too, but
-- epochs that were deleted say nothing: held against these tables, their absence shows.
--
-- Of partitions that were counted before, the next flush says how far they came. Why counting began behind the first
-- offset, nobody knows of them.
--
-- version: of `counting_starts` the first offset that is counted, of `counted_ends` the next offset. Both only grow.
-- ORDER BY: one row a partition. Not partitioned: a few rows a log.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.counting_starts ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition)
SETTINGS ${dedup_window:0};

CREATE TABLE IF NOT EXISTS ${database}.counted_ends ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    log_kind String CODEC(ZSTD),
    counted_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition)
SETTINGS ${dedup_window:0};

-- Purpose: of two recorded starts of a partition the earlier one stays. What lies between them was to be counted, and is
-- lost: with the later one in its place nothing would tell of it.
--
-- version: -first_offset. A version column cannot be changed in place, so the table is made anew. A run that died at any
-- statement is repeated as a whole: the rows are in one of the two tables all the time, in the old shape or in this one.
-- Read without FINAL, for rows that are replaced by a later start may still be there. No worker may run meanwhile.
-- ORDER BY: one row a partition. Not partitioned: a few rows a log.
-- Deduplication of equal inserts is off, for the reason given in 0001.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
CREATE TABLE IF NOT EXISTS ${database}.counting_starts ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.moved_counting_starts ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition)
SETTINGS ${dedup_window:0};
INSERT INTO ${database}.moved_counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, -abs(version), abs(version), topic, reason, recorded_at
FROM ${database}.counting_starts;
DROP TABLE IF EXISTS ${database}.counting_starts ${on_cluster} SYNC;
CREATE TABLE IF NOT EXISTS ${database}.counting_starts ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
ORDER BY (log, partition)
SETTINGS ${dedup_window:0};
INSERT INTO ${database}.counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, version, first_offset, topic, reason, recorded_at
FROM ${database}.moved_counting_starts;
DROP TABLE IF EXISTS ${database}.moved_counting_starts ${on_cluster} SYNC;

-- Purpose: what `gatemeter verify --against` found: a gateway's own counts beside ours, one row for each count. Rows are
-- added and never changed: a bill can be held against what was known when it was made.
--
-- `position` is a row's place among those of its comparison: the sum of a counter and month (service '') comes before
-- its services. gap_least and gap_most are NULL where no bound is known.
-- ORDER BY the moment and the place, in which rows are read. Not partitioned: a comparison has some dozens of rows.
CREATE TABLE IF NOT EXISTS ${database}.gateway_comparisons ${on_cluster}
(
    compared_at DateTime64(3, 'UTC') CODEC(ZSTD),
    position UInt32 CODEC(ZSTD),
    month String CODEC(ZSTD),
    counted_from Nullable(DateTime('UTC')) CODEC(ZSTD),
    counted_to DateTime('UTC') CODEC(ZSTD),
    counter String CODEC(ZSTD),
    service String CODEC(ZSTD),
    gateway_requests UInt64 CODEC(ZSTD),
    counted_least Int64 CODEC(ZSTD),
    counted_most Int64 CODEC(ZSTD),
    dead_letters_most UInt64 CODEC(ZSTD),
    gap_least Nullable(Int64) CODEC(ZSTD),
    gap_most Nullable(Int64) CODEC(ZSTD),
    restarts UInt32 CODEC(ZSTD),
    cause String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    is_finding UInt8 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree()}
ORDER BY (compared_at, position)
SETTINGS ${dedup_window:0};

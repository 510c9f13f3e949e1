-- Purpose: the license counters, requests per calendar month (UTC).
--
-- ORDER BY: the month first, because the report lists months; then the dimensions and the lineage, which make the
-- key unique to the place a row is computed from.
-- PARTITION BY the year: a few rows per month and epoch; it follows from the key, so replacing rows share it.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.monthly_requests ${on_cluster}
(
    month Date CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    source String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    requests UInt64 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYear(month)
ORDER BY (month, workspace, source, log, partition, epoch_first_offset)
SETTINGS ${dedup_window:0};

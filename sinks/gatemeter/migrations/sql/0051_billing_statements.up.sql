-- Purpose: closed bills (`gatemeter close`).
--
-- MergeTree: no row replaces another one. A statement that was closed is never changed.
-- Not partitioned: a row a month.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.billing_statements ${on_cluster}
(
    number UInt32,
    period String,
    closed_at DateTime64(3, 'UTC'),
    sha256 String,
    statement String CODEC(ZSTD(3))
)
ENGINE = ${engine:MergeTree()}
ORDER BY number
SETTINGS ${dedup_window:0};

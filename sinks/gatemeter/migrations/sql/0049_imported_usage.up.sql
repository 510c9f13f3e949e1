-- Purpose: usage that another system has counted (`gatemeter billable import`), apart from all that gatemeter counts.
--
-- ORDER BY: who says it, of which period and consumer: the same row of a file that is imported again replaces itself.
-- is_deleted: a source that is forgotten is taken back by rows of a higher version.
-- Not partitioned: a row a month and consumer.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.imported_usage ${on_cluster}
(
    source String CODEC(ZSTD),
    period_kind String CODEC(ZSTD),
    period String CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    is_deleted UInt8 CODEC(ZSTD),
    requests Int64 CODEC(ZSTD),
    status_1xx Nullable(Int64) CODEC(ZSTD),
    status_2xx Nullable(Int64) CODEC(ZSTD),
    status_3xx Nullable(Int64) CODEC(ZSTD),
    status_4xx Nullable(Int64) CODEC(ZSTD),
    status_5xx Nullable(Int64) CODEC(ZSTD),
    status_unknown Nullable(Int64) CODEC(ZSTD),
    file String CODEC(ZSTD),
    file_sha256 String CODEC(ZSTD),
    line UInt32 CODEC(ZSTD),
    imported_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version, is_deleted)}
ORDER BY (source, period_kind, period, consumer_id, consumer_username, consumer_custom_id)
SETTINGS ${dedup_window:0};
CREATE OR REPLACE VIEW ${database}.imported_billable ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    imported.source AS source,
    imported.period_kind AS period_kind,
    imported.period AS period,
    nullIf(imported.consumer_id, '') AS consumer_id,
    nullIf(imported.consumer_username, '') AS consumer_username,
    nullIf(imported.consumer_custom_id, '') AS consumer_custom_id,
    imported.requests AS requests,
    imported.status_1xx AS status_1xx,
    imported.status_2xx AS status_2xx,
    imported.status_3xx AS status_3xx,
    imported.status_4xx AS status_4xx,
    imported.status_5xx AS status_5xx,
    imported.status_unknown AS status_unknown,
    imported.file AS file,
    imported.line AS line,
    imported.imported_at AS imported_at
FROM ${database}.imported_usage AS imported FINAL;

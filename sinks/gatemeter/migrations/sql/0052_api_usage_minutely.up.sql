-- Purpose: API requests per minute for operations, with few dimensions and for some days only (docs/adr/0019).
--
-- Rows are whole values of an epoch as those of 0001 are, and replaced in the same way. No consumer is among the
-- dimensions, so a minute has a row for each route, status and source, however many consumers there are.
--
-- minutes_from, in the ledger: from which hour on the epoch's requests are counted per minute, too. NULL for what was
-- counted before this table was there: its minutes are not known.
--
-- ORDER BY: the minute first, because every question is of a short span of time.
-- PARTITION BY the day: rows that expire are dropped with all of their day (`ttl_only_drop_parts`), and nothing is written
-- again for it. So a row may stay for a day longer than it says.
-- TTL: by the event's own time. Another number of days is set with `gatemeter migrate --keep-minutes-days`.
-- Codecs: those of 0043. Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.api_usage_minutely ${on_cluster}
(
    minute DateTime('UTC') CODEC(Delta, ZSTD),
    service_id String CODEC(ZSTD(3)),
    service_name String CODEC(ZSTD(3)),
    route_id String CODEC(ZSTD(3)),
    route_name String CODEC(ZSTD(3)),
    workspace String CODEC(ZSTD(3)),
    status Int64 CODEC(T64, ZSTD),
    source String CODEC(ZSTD(3)),
    request_bytes_kind String CODEC(ZSTD(3)),
    response_bytes_kind String CODEC(ZSTD(3)),
    log String CODEC(ZSTD(3)),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD(3)),
    version Int64 CODEC(ZSTD(3)),
    requests Int64 CODEC(T64, ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(T64, ZSTD),
    latency_request_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_request_min_ns Int64 CODEC(GCD, ZSTD),
    latency_request_max_ns Int64 CODEC(GCD, ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD(3)),
    latency_upstream_count Int64 CODEC(T64, ZSTD),
    latency_upstream_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_upstream_min_ns Int64 CODEC(GCD, ZSTD),
    latency_upstream_max_ns Int64 CODEC(GCD, ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD(3)),
    latency_gateway_count Int64 CODEC(T64, ZSTD),
    latency_gateway_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_gateway_min_ns Int64 CODEC(GCD, ZSTD),
    latency_gateway_max_ns Int64 CODEC(GCD, ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD(3))
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYYYYMMDD(minute)
PRIMARY KEY minute
ORDER BY (
    minute, service_id, service_name, route_id, route_name, workspace, status, source, request_bytes_kind,
    response_bytes_kind, log, partition, epoch_first_offset
)
TTL minute + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1, ${dedup_window:0};
ALTER TABLE ${database}.epoch_ledger ${on_cluster}
    ADD COLUMN IF NOT EXISTS minutes_from Nullable(DateTime('UTC')) CODEC(ZSTD) AFTER metered_other;

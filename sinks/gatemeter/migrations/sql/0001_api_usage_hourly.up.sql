-- Purpose: requests per hour and everything they are asked by; the truth that bills are made of.
--
-- A row is the whole running value of one key in one epoch of the log, so a higher version replaces it, and reading
-- needs FINAL until the parts are merged. Values of different epochs of one key are added by the reader.
--
-- ORDER BY: the hour first, because every report asks for a span of time; the consumer next, because bills and most
-- questions are per consumer; then the other dimensions, and last the lineage (log, partition, epoch), which makes
-- the key unique to the one place that a row is computed from. All of it is needed: whatever were left out of the
-- key would let rows of different meaning replace each other.
-- PRIMARY KEY: hour and consumer are all that the index in memory can narrow down by; the rest would only fill it.
-- PARTITION BY the month of the hour: it follows from the key, so rows that replace each other always share a
-- partition, and a closed month can be frozen or dropped as a whole.
-- Deduplication of equal inserts is off: versions make repeated inserts harmless already, and a window would silently
-- drop rows that are computed again, equal to the byte, after somebody deleted them.
CREATE TABLE IF NOT EXISTS ${database}.api_usage_hourly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    requests UInt64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count UInt64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_upstream_count UInt64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_gateway_count UInt64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, method, status, source, log, partition, epoch_first_offset
)
SETTINGS ${dedup_window:0};

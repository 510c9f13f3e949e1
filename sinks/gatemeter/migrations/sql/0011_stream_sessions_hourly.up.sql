-- Purpose: TCP, TLS and UDP sessions per hour, kept apart from API requests.
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
CREATE TABLE IF NOT EXISTS ${database}.stream_sessions_hourly ${on_cluster}
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
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    sessions UInt64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count UInt64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(UInt64) CODEC(ZSTD),
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
    workspace, status, log, partition, epoch_first_offset
)
SETTINGS ${dedup_window:0};

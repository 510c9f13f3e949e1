-- Purpose: calls of agents per hour, to tools (MCP) and to other agents (A2A).
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
-- session_hashes: distinct sessions are counted with uniqExactArray over any set of rows; the sessions themselves are
-- not kept.
CREATE TABLE IF NOT EXISTS ${database}.agentic_usage_hourly ${on_cluster}
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
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    calls UInt64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count UInt64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(UInt64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset
)
SETTINGS ${dedup_window:0};

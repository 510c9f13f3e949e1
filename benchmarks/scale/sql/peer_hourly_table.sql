-- Purpose: states of aggregates per hour, as https://clickhouse.com/docs/materialized-view/incremental-materialized-view
--   recommends.
CREATE TABLE hourly_states
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer LowCardinality(String) CODEC(ZSTD),
    service LowCardinality(String) CODEC(ZSTD),
    route LowCardinality(String) CODEC(ZSTD),
    status UInt16 CODEC(ZSTD),
    requests AggregateFunction(count),
    response_bytes AggregateFunction(sum, UInt32),
    latency_ms AggregateFunction(quantileTDigest(0.99), UInt32),
    seconds AggregateFunction(uniq, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, consumer, service, route, status)

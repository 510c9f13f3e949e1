-- Purpose: events as rows, narrow, in the order that suits questions about consumers.
CREATE TABLE raw_events
(
    time DateTime('UTC') CODEC(Delta, ZSTD),
    consumer LowCardinality(String) CODEC(ZSTD),
    service LowCardinality(String) CODEC(ZSTD),
    route LowCardinality(String) CODEC(ZSTD),
    status UInt16 CODEC(ZSTD),
    latency_ms UInt32 CODEC(T64, ZSTD),
    response_bytes UInt32 CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (consumer, toStartOfHour(time), service, route)

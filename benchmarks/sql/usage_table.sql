-- Purpose: the hourly usage as ClickHouse would keep it by its own means; keys as in api_usage_hourly.
CREATE TABLE usage
(
    hour DateTime('UTC'),
    consumer_id String,
    consumer_username String,
    consumer_custom_id String,
    service_id String,
    service_name String,
    route_id String,
    route_name String,
    workspace String,
    method String,
    status Int64,
    source String,
    requests AggregateFunction(count),
    request_bytes AggregateFunction(sum, Int64),
    response_bytes AggregateFunction(sum, Int64),
    latency_request AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Float64),
    latency_upstream AggregateFunction(quantilesDDIf(0.01, 0.5, 0.9, 0.95, 0.99), Float64, UInt8),
    latency_gateway AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Float64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, method, status, source
)

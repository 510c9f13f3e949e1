-- Purpose: aggregates every block of events as it is inserted.
CREATE MATERIALIZED VIEW usage_view TO usage AS
SELECT
    toStartOfHour(fromUnixTimestamp64Milli(started_at, 'UTC')) AS hour,
    consumer.id AS consumer_id,
    consumer.username AS consumer_username,
    consumer.custom_id AS consumer_custom_id,
    service.id AS service_id,
    service.name AS service_name,
    route.id AS route_id,
    route.name AS route_name,
    workspace,
    request.method AS method,
    response.status AS status,
    source,
    countState() AS requests,
    sumState(request.size) AS request_bytes,
    sumState(response.size) AS response_bytes,
    quantilesDDState(0.01, 0.5, 0.9, 0.95, 0.99)(latencies.request) AS latency_request,
    quantilesDDStateIf(0.01, 0.5, 0.9, 0.95, 0.99)(latencies.proxy, latencies.proxy >= 0) AS latency_upstream,
    quantilesDDState(0.01, 0.5, 0.9, 0.95, 0.99)(latencies.kong) AS latency_gateway
FROM raw_events
GROUP BY ALL

-- Purpose: fills hourly_states whenever events are inserted.
CREATE MATERIALIZED VIEW hourly_view TO hourly_states AS
SELECT
    toStartOfHour(time) AS hour,
    consumer,
    service,
    route,
    status,
    countState() AS requests,
    sumState(response_bytes) AS response_bytes,
    quantileTDigestState(0.99)(latency_ms) AS latency_ms,
    uniqState(time) AS seconds
FROM raw_events
GROUP BY hour, consumer, service, route, status

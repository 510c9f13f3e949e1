-- Purpose: the CTE `path_counts`: how many requests each path told of an hour, caller, service, route and status.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); by_consumer UInt8, whether callers are told apart.
-- Columns: log, tells (what the path's events tell: two formats in one log are two paths), hour, caller, service, route
--   (names, else ids), status, requests, measured (latencies), waited_ns (their sum).
-- Replays and corrections are no paths. Fewer than five requests are as many as others by chance.
path_counts AS
(
    SELECT
        log,
        concat(request_bytes_kind, '/', response_bytes_kind, if(source = '', '', '/source')) AS tells,
        hour,
        if({by_consumer:UInt8} = 1, consumer_id, '') AS caller,
        if(service_name != '', service_name, service_id) AS service,
        if(route_name != '', route_name, route_id) AS route,
        status,
        sum(usage.requests) AS requests,
        sum(usage.latency_request_count) AS measured,
        sum(usage.latency_request_sum_ns) AS waited_ns
    FROM api_usage_hourly AS usage FINAL
    WHERE
        hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        AND NOT startsWith(log, 'replay:') AND NOT startsWith(log, 'correction:')
    GROUP BY log, tells, hour, caller, service, route, status
    HAVING requests >= 5
)

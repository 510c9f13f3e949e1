-- Purpose: how fast: exact count, mean and extremes, and percentiles from the mergeable sketch, per group and latency.
-- Parameters: by Array(String), the groups wanted, of service, route, consumer; from, to DateTime('UTC'), hours in
--   [from, to); period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql.
-- Columns: period ('' for the whole span), service, route, consumer ('' when not in `by`), consumer_username, latency,
--   count, avg_ms, min_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms; by period and group, then request, upstream, gateway.
-- consumer_username is the latest user name of the group's consumers that is not empty; tables show it beside an id.
WITH
    usage AS
    (
        $usage
    ),
    ${named},
    ${chosen},
    merged AS
    (
        SELECT
            period,
            -- As texts, the hours of a clock that is put back would be in the wrong order.
            if({period:String} = 'hour', min(chosen.hour), toDateTime(0, 'UTC')) AS period_order,
            if(has({by:Array(String)}, 'service'), coalesce(nullIf(service_name, ''), nullIf(service_id, ''), 'none'), '')
                AS service,
            if(has({by:Array(String)}, 'route'), coalesce(nullIf(route_name, ''), nullIf(route_id, ''), 'none'), '')
                AS route,
            if(has({by:Array(String)}, 'consumer'), billing_subject, '') AS consumer,
            argMaxIf(chosen.consumer_username, (chosen.last_hour, chosen.consumer_username), chosen.consumer_username != '')
                AS consumer_username,
            measured.1 AS latency,
            sum(measured.2) AS count,
            sum(measured.3) AS sum_ns,
            -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
            minIf(measured.4, measured.2 > 0) AS min_ns,
            maxIf(measured.5, measured.2 > 0) AS max_ns,
            sumMap(mapFromArrays(measured.6, measured.7)) AS merged_buckets,
            (mapKeys(merged_buckets), mapValues(merged_buckets)) AS sketch
        FROM chosen
        ARRAY JOIN [
            (
                'request', latency_request_count, latency_request_sum_ns, latency_request_min_ns,
                latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts
            ),
            (
                'upstream', latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns,
                latency_upstream_max_ns, latency_upstream_buckets, latency_upstream_bucket_counts
            ),
            (
                'gateway', latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns,
                latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts
            )
        ] AS measured
        WHERE measured.2 != 0
        GROUP BY period, service, route, consumer, latency
        HAVING count != 0
    ),
    ${percentiles}
SELECT
    period,
    service,
    route,
    consumer,
    consumer_username,
    latency,
    count,
    avg_ms,
    min_ms,
    p50_ms,
    p90_ms,
    p95_ms,
    p99_ms,
    max_ms
FROM timed
ORDER BY period_order, period, service, route, consumer, indexOf(['request', 'upstream', 'gateway'], latency)
SETTINGS do_not_merge_across_partitions_select_final = 1

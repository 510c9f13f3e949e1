-- Purpose: what agents called, how often it failed and how long it took, per period and group.
-- Parameters: by Array(String), the groups wanted, of those in `groups` below; from, to DateTime('UTC'), hours in
--   [from, to); period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql.
-- Columns: period, groups (the values of `by` in its order), consumer_username, calls, errors, response_bytes (of
--   bodies; NULL where no call has a size), count, avg_ms, min_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms, sessions (distinct ones),
--   calls_without_response_bytes; by period and groups.
-- consumer_username is the latest user name of the group's consumers that is not empty; tables show it beside an id.
-- FINAL hides replaced rows whether or not the parts were merged.
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
            arrayMap(
                name -> CASE name
                    WHEN 'kind' THEN chosen.kind
                    WHEN 'method' THEN chosen.method
                    WHEN 'tool' THEN chosen.tool
                    WHEN 'task_state' THEN chosen.task_state
                    WHEN 'consumer_id' THEN billing_subject
                    WHEN 'service' THEN if(chosen.service_name != '', chosen.service_name, chosen.service_id)
                    WHEN 'route' THEN if(chosen.route_name != '', chosen.route_name, chosen.route_id)
                    WHEN 'workspace' THEN chosen.workspace
                    WHEN 'team' THEN chosen.team
                    WHEN 'organisation' THEN chosen.organisation
                    WHEN 'error' THEN chosen.error
                    ELSE ''
                END,
                {by:Array(String)}
            ) AS groups,
            -- As texts, the hours of a clock that is put back would be in the wrong order.
            if({period:String} = 'hour', min(chosen.hour), toDateTime(0, 'UTC')) AS period_order,
            argMaxIf(chosen.consumer_username, (chosen.last_hour, chosen.consumer_username), chosen.consumer_username != '')
                AS consumer_username,
            sum(chosen.calls) AS calls,
            sum(chosen.errors) AS errors,
            if(
                sumIf(chosen.calls, chosen.response_bytes_kind != 'unknown') = 0 AND calls_without_response_bytes != 0,
                NULL,
                sum(chosen.response_bytes)
            ) AS response_bytes,
            sumIf(chosen.calls, chosen.response_bytes_kind = 'unknown') AS calls_without_response_bytes,
            uniqExactArray(chosen.session_hashes) AS sessions,
            sum(chosen.latency_call_count) AS count,
            sum(chosen.latency_call_sum_ns) AS sum_ns,
            minIf(chosen.latency_call_min_ns, chosen.latency_call_count > 0) AS min_ns,
            maxIf(chosen.latency_call_max_ns, chosen.latency_call_count > 0) AS max_ns,
            sumMap(mapFromArrays(chosen.latency_call_buckets, chosen.latency_call_bucket_counts)) AS merged_buckets,
            (mapKeys(merged_buckets), mapValues(merged_buckets)) AS sketch
        FROM chosen
        GROUP BY period, groups
    ),
    ${percentiles}
SELECT
    period,
    groups,
    consumer_username,
    calls,
    errors,
    response_bytes,
    count,
    avg_ms,
    min_ms,
    p50_ms,
    p90_ms,
    p95_ms,
    p99_ms,
    max_ms,
    sessions,
    calls_without_response_bytes
FROM timed
ORDER BY period_order, period, groups
SETTINGS do_not_merge_across_partitions_select_final = 1

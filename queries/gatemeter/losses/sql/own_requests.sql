-- Purpose: what was counted, for a comparison with a gateway's own counters.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); topics Array(String), topics or files, empty for all.
-- Columns: hour_s (Unix seconds), service_id, service_name, route_id, route_name, is_own_answer (the gateway answered
--   itself), requests, longest_ms (the longest request of them; 0 where none was measured).
SELECT
    toUnixTimestamp(hour) AS hour_s,
    service_id,
    service_name,
    route_id,
    route_name,
    source = 'kong' AS is_own_answer,
    sum(usage.requests) AS requests,
    toInt64(ceil(max(latency_request_max_ns) / 1e6)) AS longest_ms
FROM api_usage_hourly AS usage FINAL
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    AND (
        empty({topics:Array(String)})
        OR log IN (SELECT log FROM epoch_ledger WHERE has({topics:Array(String)}, topic))
    )
GROUP BY hour, service_id, service_name, route_id, route_name, is_own_answer
ORDER BY hour_s, service_id, service_name, route_id, route_name, is_own_answer
SETTINGS do_not_merge_across_partitions_select_final = 1

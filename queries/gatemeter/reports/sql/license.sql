-- Purpose: the license counters: requests per calendar month (UTC).
-- Parameters: exclude_gateway_answers UInt8, 1 leaves out what the gateway answered itself (source kong).
-- Columns: bucket (2026-02), request_count; by bucket.
SELECT formatDateTime(month, '%Y-%m') AS bucket, sum(requests) AS request_count
FROM monthly_requests FINAL
WHERE NOT ({exclude_gateway_answers:UInt8} AND source = 'kong')
GROUP BY bucket
ORDER BY bucket
SETTINGS do_not_merge_across_partitions_select_final = 1

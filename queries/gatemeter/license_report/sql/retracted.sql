-- Purpose: requests that corrections have retracted, by the month of the license report.
-- Parameters: exclude_gateway_answers UInt8 and topics Array(String), as in months.sql.
-- Columns: bucket (2026-02), requests (a positive number); by bucket, months with some alone.
SELECT formatDateTime(month, '%Y-%m') AS bucket, -sum(counted.requests) AS requests
FROM monthly_requests AS counted FINAL
WHERE startsWith(log, 'correction:')
    AND NOT ({exclude_gateway_answers:UInt8} AND source = 'kong')
    AND ${counted_logs}
GROUP BY bucket
HAVING requests != 0
ORDER BY bucket
SETTINGS do_not_merge_across_partitions_select_final = 1

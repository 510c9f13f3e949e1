-- Purpose: the bare sums that bills of a month are made of, from the hourly rows, without gatemeter.
-- Parameters: from, to DateTime('UTC').
SELECT consumer_id, source, intDiv(status, 100), sum(requests), sum(response_bytes)
FROM api_usage_hourly FINAL
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY ALL
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: which prices stored costs were computed with.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: price_version, hour_s (an hour in which it was applied, in Unix seconds); by price_version.
SELECT price_version, toInt64(toUnixTimestamp(any(hour))) AS hour_s
FROM llm_usage_hourly FINAL
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} AND price_version != ''
GROUP BY price_version
ORDER BY price_version
SETTINGS do_not_merge_across_partitions_select_final = 1

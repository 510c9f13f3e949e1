-- Purpose: the versions of prices that costs of a time were computed with.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: price_version.
SELECT DISTINCT price_version
FROM llm_usage_hourly FINAL
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} AND price_version != ''
ORDER BY price_version
SETTINGS do_not_merge_across_partitions_select_final = 1

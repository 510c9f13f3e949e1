-- Purpose: the stored rows of one day, each at its highest version.
-- Parameters: day Date; from, to DateTime('UTC'), hours in [from, to).
-- Columns: all of llm_usage_hourly in order.
SELECT *
FROM llm_usage_hourly FINAL
WHERE toDate(hour, 'UTC') = {day:Date} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: which prices the costs in the LLM report were computed with.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); period, time_zone, subject and consumers as in
--   parts/chosen.sql.
-- Columns: price_version, as it is stored; in its order.
WITH
    usage AS
    (
        SELECT *
        FROM llm_usage_hourly FINAL
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    ),
    ${chosen}
SELECT DISTINCT price_version
FROM chosen
WHERE price_version != ''
ORDER BY price_version
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: which prices the costs in the LLM report were computed with, and the currencies of its amounts.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); period, time_zone, subject and consumers as in
--   parts/named.sql and parts/chosen.sql.
-- Columns: price_version and cost_currency, as they are stored, '' where no price was used; reported_currency, NULL
--   where no cost was reported; in their order.
WITH
    usage AS
    (
        $usage
    ),
    ${named},
    ${chosen}
SELECT DISTINCT
    price_version,
    if(price_version = '', '', cost_currency) AS cost_currency,
    -- Where a correction has made an amount 0, it still has its currency.
    if(cost_reported = 0 AND chosen.cost_reported_currency = '', NULL, chosen.cost_reported_currency) AS reported_currency
FROM chosen
WHERE price_version != '' OR cost_reported != 0 OR chosen.cost_reported_currency != ''
ORDER BY price_version, cost_currency, reported_currency
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: the answer to a query: the metrics of all its sources by period and group.
-- Slots: sources, values, grouping (of several sources), period_order, order, limit.
-- Columns: period, groups, then each metric and label of the query.
SELECT period, groups, $values
FROM
(
    $sources
)
$grouping
ORDER BY $period_order, period, $order
$limit
SETTINGS do_not_merge_across_partitions_select_final = 1, output_format_decimal_trailing_zeros = 0

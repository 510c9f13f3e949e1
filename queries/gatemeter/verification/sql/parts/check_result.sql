-- Purpose: the result of a check, which is the last SELECT of its query.
-- Needs: the CTE `compared`, one row for each comparison: topic, log, partition, first_offset, next_offset, table,
--   expected, found (both may be NULL), detail ('' where both agree), rows (how many stored rows were compared).
-- Columns: epochs, rows, differences, findings (the first 1,000 in the order of their logs, as tuples of topic, log,
--   partition, first_offset, next_offset, table, expected, found, detail).
SELECT
    uniqExact(log, partition, first_offset) AS epochs,
    toUInt64(sum(rows)) AS rows,
    countIf(detail != '') AS differences,
    groupArraySortedIf(1000)(
        (
            topic, log, partition, first_offset, next_offset, table, toNullable(toInt64(expected)),
            toNullable(toInt64(found)), detail
        ),
        detail != ''
    ) AS findings
FROM compared
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1

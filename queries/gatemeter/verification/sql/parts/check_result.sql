-- Purpose: the last SELECT of a check, over its CTE `compared` with one row for everything that was held against
--   something: topic, log, partition, first_offset, next_offset, table, expected, found (both may be NULL), detail (''
--   where it agrees), rows (how many stored rows that took).
-- Columns: epochs, rows, differences, findings (the first 1,000 of them, in the order of their logs, as tuples of topic,
--   log, partition, first_offset, next_offset, table, expected, found, detail).
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

-- Purpose: by which rules events were cut before they were sent, and by which ones they are counted.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: rules (of the count), slimmed (the value of the header `gatemeter-slimmed`), epochs, logs, topics (up to five).
WITH
    ${checked_epochs}
SELECT
    rules,
    arrayJoin(splitByChar('\n', slimmed)) AS slimmed_by,
    count() AS epochs,
    uniqExact(log) AS logs,
    arraySlice(arraySort(groupUniqArray(topic)), 1, 5) AS topics
FROM checked_epochs
WHERE slimmed != ''
GROUP BY rules, slimmed_by
ORDER BY rules, slimmed_by
SETTINGS do_not_merge_across_partitions_select_final = 1

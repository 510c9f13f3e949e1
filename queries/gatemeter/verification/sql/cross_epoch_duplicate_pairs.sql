-- Purpose: between which logs events were counted again.
-- Parameters: as in parts/cross_epoch_copies.sql; examples UInt64, how many copies to name of each pair.
-- Columns: topic and log of the copies, kept_topic and kept_log of those that stay, copies, examples: an array of
--   (place of the copy, place of the one that stays), both (log, partition, offset, line, event_index).
WITH ${cross_epoch_copies}
SELECT
    topic,
    log,
    kept_topic,
    kept_place.1 AS kept_log,
    count() AS copies,
    arraySlice(arraySort(groupArraySorted(20)((place, kept_place))), 1, {examples:UInt64}) AS examples
FROM copies
GROUP BY topic, log, kept_topic, kept_log
ORDER BY copies DESC, topic, log, kept_topic, kept_log
LIMIT 1000
SETTINGS do_not_merge_across_partitions_select_final = 1

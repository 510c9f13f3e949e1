-- Purpose: the pairs of logs that share counted events.
-- Parameters: those of parts/cross_epoch_copies.sql; examples UInt64, how many copies to name for each pair.
-- Columns: topic and log of the copies, kept_topic and kept_log of the canonical copies, copies, examples: an array of
--   (location of the copy, location of the canonical copy), both (log, partition, offset, line, event_index).
WITH ${cross_epoch_copies}
SELECT
    topic,
    log,
    canonical_topic AS kept_topic,
    canonical_location.1 AS kept_log,
    count() AS copies,
    arraySlice(arraySort(groupArraySorted(20)((location, canonical_location))), 1, {examples:UInt64}) AS examples
FROM copies
GROUP BY topic, log, kept_topic, kept_log
ORDER BY copies DESC, topic, log, kept_topic, kept_log
LIMIT 1000
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: the number of events that are searched for copies, and of the epochs that they belong to.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to).
-- Columns: events, epochs.
SELECT count() AS events, uniqExact(log, partition, epoch_first_offset) AS epochs
FROM event_ledger AS known FINAL
WHERE known.time >= {from:DateTime('UTC')} AND known.time < {to:DateTime('UTC')}
    AND outcome IN ('counted', 'other_kind')
SETTINGS do_not_merge_across_partitions_select_final = 1

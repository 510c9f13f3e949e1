-- Purpose: some events of some consumers from each range of each log, as the event ledger has them.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to); consumer_ids Array(String), '' for nobody;
--   outcomes Array(String); samples UInt64, how many of each epoch.
-- Columns: id_hash, log, partition, offset, line, event_index, epoch_first_offset, time (text), consumer_id, outcome.
SELECT
    id_hash,
    log,
    partition,
    offset,
    line,
    event_index,
    epoch_first_offset,
    concat(replaceOne(toString(events.time), ' ', 'T'), 'Z') AS time,
    consumer_id,
    outcome
FROM event_ledger AS events FINAL
WHERE events.time >= {from:DateTime('UTC')} AND events.time < {to:DateTime('UTC')}
    AND has({consumer_ids:Array(String)}, consumer_id)
    AND has({outcomes:Array(String)}, outcome)
ORDER BY log, partition, epoch_first_offset, offset, line, event_index
LIMIT {samples:UInt64} BY log, partition, epoch_first_offset
SETTINGS do_not_merge_across_partitions_select_final = 1

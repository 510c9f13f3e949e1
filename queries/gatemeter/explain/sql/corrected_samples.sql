-- Purpose: some corrections of the events of some consumers, of each log and reason.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to); consumer_ids Array(String), '' for nobody;
--   samples UInt64, how many of each.
-- Columns: id_hash, log, partition, offset, line, event_index, time (text), consumer_id, kept_log, kept_partition,
--   kept_offset, kept_line, kept_event_index, reason, booked_at (text).
SELECT
    id_hash,
    log,
    partition,
    offset,
    line,
    event_index,
    concat(replaceOne(toString(booked.time), ' ', 'T'), 'Z') AS time,
    consumer_id,
    kept_log,
    kept_partition,
    kept_offset,
    kept_line,
    kept_event_index,
    reason,
    concat(replaceOne(toString(booked.booked_at), ' ', 'T'), 'Z') AS booked_at
FROM corrections AS booked FINAL
WHERE booked.time >= {from:DateTime('UTC')} AND booked.time < {to:DateTime('UTC')}
    AND has({consumer_ids:Array(String)}, consumer_id)
ORDER BY log, partition, offset, line, event_index
LIMIT {samples:UInt64} BY log, partition, reason

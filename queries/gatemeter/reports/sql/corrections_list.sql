-- Purpose: which events were retracted, why, and which copy of each stays; the first booked first.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to); limit UInt64.
-- Columns: log, partition, offset, line, event_index, topic, time and booked_at (text), consumer_id, reason, kept_log,
--   kept_partition, kept_offset, kept_line, kept_event_index.
SELECT
    log,
    partition,
    offset,
    line,
    event_index,
    topic,
    concat(replaceOne(toString(booked.time), ' ', 'T'), 'Z') AS time,
    concat(replaceOne(toString(booked.booked_at), ' ', 'T'), 'Z') AS booked_at,
    consumer_id,
    reason,
    kept_log,
    kept_partition,
    kept_offset,
    kept_line,
    kept_event_index
FROM corrections AS booked FINAL
WHERE booked.time >= {from:DateTime('UTC')} AND booked.time < {to:DateTime('UTC')}
ORDER BY booked.booked_at, log, partition, offset, line, event_index
LIMIT {limit:UInt64}

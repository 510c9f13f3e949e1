-- Purpose: the corrections of the events of a log, each with its canonical copy.
-- Parameters: log String.
-- Columns: log, partition, offset, line, event_index, and the same with kept_ of the canonical copy; id_hash, topic,
--   time_ms, consumer_id; in the order of the log.
SELECT
    log,
    partition,
    offset,
    line,
    event_index,
    kept_log,
    kept_partition,
    kept_offset,
    kept_line,
    kept_event_index,
    id_hash,
    topic,
    toUnixTimestamp64Milli(time) AS time_ms,
    consumer_id
FROM corrections FINAL
WHERE log = {log:String}
ORDER BY partition, offset, line, event_index

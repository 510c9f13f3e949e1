-- Purpose: events that were counted although a copy of them was, however far apart, in the order of their logs.
-- Parameters: as in parts/cross_epoch_copies.sql; after_log String, after_partition Int32, after_offset Int64, after_line
--   UInt32, after_event_index UInt32, the place to go on after ('' and zeros for the beginning); limit UInt64.
-- Columns: those of parts/cross_epoch_copies.sql, the time as time_ms (Unix), the kept place as kept_log .. kept_event_index.
WITH ${cross_epoch_copies}
SELECT
    id_hash,
    outcome,
    log,
    partition,
    offset,
    line,
    event_index,
    epoch_first_offset,
    topic,
    toUnixTimestamp64Milli(time) AS time_ms,
    consumer_id,
    kept_topic,
    kept_place.1 AS kept_log,
    kept_place.2 AS kept_partition,
    kept_place.3 AS kept_offset,
    kept_place.4 AS kept_line,
    kept_place.5 AS kept_event_index
FROM copies
WHERE place > (
    {after_log:String},
    {after_partition:Int32},
    {after_offset:Int64},
    {after_line:UInt32},
    {after_event_index:UInt32}
)
ORDER BY place
LIMIT {limit:UInt64}
SETTINGS do_not_merge_across_partitions_select_final = 1

-- Purpose: events that were counted although a copy of them was counted too, at any distance, by their location.
-- Parameters: those of parts/cross_epoch_copies.sql; after_log String, after_partition Int32, after_offset Int64,
--   after_line UInt32, after_event_index UInt32, the location to continue after ('' and zeros for the beginning);
--   limit UInt64.
-- Columns: those of parts/cross_epoch_copies.sql, the time as time_ms (Unix), and the location of the canonical copy as
--   kept_log .. kept_event_index.
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
    canonical_topic AS kept_topic,
    canonical_location.1 AS kept_log,
    canonical_location.2 AS kept_partition,
    canonical_location.3 AS kept_offset,
    canonical_location.4 AS kept_line,
    canonical_location.5 AS kept_event_index
FROM copies
WHERE location > (
    {after_log:String},
    {after_partition:Int32},
    {after_offset:Int64},
    {after_line:UInt32},
    {after_event_index:UInt32}
)
ORDER BY location
LIMIT {limit:UInt64}
SETTINGS do_not_merge_across_partitions_select_final = 1

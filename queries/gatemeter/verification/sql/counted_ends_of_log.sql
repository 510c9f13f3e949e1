-- Purpose: how far the partitions of one log were counted, and when that was stored last.
-- Parameters: log String, the log's identity.
-- Columns: partition, next_offset, counted_at (UTC, in milliseconds since 1970; NULL where it is not
--   known).
SELECT partition, version AS next_offset, nullIf(toUnixTimestamp64Milli(counted_ends.counted_at), 0) AS counted_at
FROM counted_ends FINAL
WHERE log = {log:String}

-- Purpose: how far the partitions of one log were counted, and when that was stored last.
-- Parameters: log String, the log's identity.
-- Columns: partition, next_offset, counted_at (UTC, in milliseconds since 1970).
SELECT partition, version AS next_offset, toUnixTimestamp64Milli(counted_at) AS counted_at
FROM counted_ends FINAL
WHERE log = {log:String}

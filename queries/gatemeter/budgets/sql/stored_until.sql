-- Purpose: until when every partition of a topic that is being counted was stored.
-- Parameters: since DateTime('UTC'): partitions of which nothing was stored since then are not being counted.
-- Columns: stored_until_s, Unix seconds, NULL where none is.
SELECT if(count() = 0, NULL, toInt64(toUnixTimestamp(min(ends.counted_at)))) AS stored_until_s
FROM (SELECT log, partition, counted_at FROM counted_ends FINAL WHERE counted_at >= {since:DateTime('UTC')}) AS ends
WHERE ends.log IN (SELECT log FROM epoch_ledger WHERE log_kind = 'kafka')

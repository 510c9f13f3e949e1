-- Purpose: how far each partition of a topic, and each file, was counted, and what became of its events.
-- Parameters: limit UInt64.
-- Columns: topic (or file), log, partition, next_offset, counted_at (UTC, ISO 8601; '' where it is not known), counted,
--   duplicates, dead_letters; what was stored last comes first.
WITH ends AS
(
    SELECT log, partition, version AS next_offset, counted_at
    FROM counted_ends FINAL
)
SELECT
    any(ledger.topic) AS topic,
    ledger.log AS log,
    ledger.partition AS partition,
    greatest(any(ends.next_offset), max(ledger.version)) AS next_offset,
    if(
        toUnixTimestamp64Milli(any(ends.counted_at)) = 0,
        '',
        formatDateTime(any(ends.counted_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC')
    ) AS counted_at,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters
FROM (SELECT * FROM epoch_ledger FINAL WHERE log_kind NOT IN ('replay', 'correction')) AS ledger
LEFT JOIN ends ON ends.log = ledger.log AND ends.partition = ledger.partition
GROUP BY log, partition
ORDER BY counted_at DESC, topic, log, partition
LIMIT {limit:UInt64}

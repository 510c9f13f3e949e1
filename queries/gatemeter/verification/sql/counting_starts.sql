-- Purpose: the partitions whose counting began after offset 0, and why it did.
-- Parameters: none.
-- Columns: topic, log, partition, first_offset, reason (a StartReason), recorded_at (UTC, ISO 8601; '' where it is not known).
SELECT
    topic,
    log,
    partition,
    first_offset,
    reason,
    if(
        toUnixTimestamp64Milli(counting_starts.recorded_at) = 0,
        '',
        formatDateTime(counting_starts.recorded_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC')
    ) AS recorded_at
FROM counting_starts FINAL
WHERE first_offset > 0
ORDER BY topic, log, partition
LIMIT 1000

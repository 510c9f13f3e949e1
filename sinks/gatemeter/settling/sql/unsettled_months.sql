-- Purpose: the months of all tables whose hours have changed since they were settled, or were never settled.
-- Parameters: quiet_s UInt32, how long nothing may have been written for a month to be at rest.
-- Columns: table, log, partition, unit (Unix seconds), touches, is_over (the month has ended and its days are settled), is_quiet;
--   the earliest first.
SELECT
    table,
    log,
    partition,
    toUnixTimestamp(toDateTime(toStartOfMonth(day, 'UTC'), 'UTC')) AS unit,
    sum(settled_usage.touches) AS touches,
    countIf(day_settling = 0) = 0
        AND toDateTime(toStartOfMonth(min(day), 'UTC'), 'UTC') + INTERVAL 1 MONTH <= now64(3, 'UTC') AS is_over,
    max(touched_at) <= now64(3, 'UTC') - INTERVAL {quiet_s:UInt32} SECOND AS is_quiet
FROM settled_usage
WHERE month_settling = 0
GROUP BY table, log, partition, unit
ORDER BY unit, log, partition

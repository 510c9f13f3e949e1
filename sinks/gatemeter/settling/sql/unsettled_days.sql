-- Purpose: the days of all tables whose hours have changed since they were settled, or were never settled.
-- Parameters: quiet_s UInt32, how long nothing may have been written for a day to be at rest.
-- Columns: table, log, partition, unit (Unix seconds), touches, is_over (the day has ended), is_quiet; the earliest first.
SELECT
    table,
    log,
    partition,
    toUnixTimestamp(day) AS unit,
    touches,
    day + INTERVAL 1 DAY <= now64(3, 'UTC') AS is_over,
    touched_at <= now64(3, 'UTC') - INTERVAL {quiet_s:UInt32} SECOND AS is_quiet
FROM settled_usage
WHERE day_settling = 0
ORDER BY unit, log, partition

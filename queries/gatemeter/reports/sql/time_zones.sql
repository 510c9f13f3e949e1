-- Purpose: the time zones that this ClickHouse has.
-- Parameters: none.
-- Columns: time_zone, an IANA name.
-- The zone Factory stands for a clock that nobody has set.
SELECT time_zone
FROM system.time_zones
WHERE time_zone != 'Factory'
ORDER BY time_zone

-- Purpose: whether this ClickHouse has a time zone.
-- Parameters: time_zone String, an IANA name.
-- Columns: zones, 1 if it has, else 0.
-- The zone Factory stands for a clock that nobody has set.
SELECT count() AS zones
FROM system.time_zones
WHERE time_zone = {time_zone:String} AND time_zone != 'Factory'

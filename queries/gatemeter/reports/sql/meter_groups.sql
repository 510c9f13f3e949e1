-- Purpose: by what the stored custom meters can be divided.
-- Parameters: none.
-- Columns: name; by name.
SELECT DISTINCT arrayJoin(splitByChar(',', group_names)) AS name
FROM meter_usage_hourly
WHERE group_names != ''
ORDER BY name

-- Purpose: the history of a setting of the store.
-- Parameters: name String.
-- Columns: changed_at_ms (Unix ms), value; the earliest change first.
SELECT DISTINCT toUnixTimestamp64Milli(changed_at) AS changed_at_ms, value
FROM store_settings
WHERE name = {name:String}
ORDER BY changed_at_ms, value

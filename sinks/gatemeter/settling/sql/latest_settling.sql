-- Purpose: the attempt with the greatest number of all that have settled a unit, and the server's time.
-- Parameters: none.
-- Columns: settling; now_ms, in Unix ms.
SELECT max(settled_units.settling) AS settling, toUnixTimestamp64Milli(now64(3)) AS now_ms
FROM settled_units

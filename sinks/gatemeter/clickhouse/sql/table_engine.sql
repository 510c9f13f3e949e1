-- Purpose: how a table is made, which says after how many days its rows expire.
-- Parameters: table String.
-- Columns: engine_full.
SELECT engine_full
FROM system.tables
WHERE database = currentDatabase() AND name = {table:String}

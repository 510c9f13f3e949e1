-- Purpose: which of some tables are replicated, whose rows may arrive late on the replica that is asked.
-- Parameters: tables Array(String).
-- Columns: name.
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND name IN {tables:Array(String)} AND engine LIKE 'Replicated%'
ORDER BY name

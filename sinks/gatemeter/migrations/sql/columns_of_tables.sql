-- Purpose: the columns that the server has, for the comparison with the declared ones.
-- Parameters: tables Array(String).
-- Columns: table, name, type; in the tables' own column order.
SELECT table, name, type
FROM system.columns
WHERE database = currentDatabase() AND has({tables:Array(String)}, table)
ORDER BY table, position

-- Purpose: the columns that the server has, for the comparison with the declared ones. Those that the server fills in by
--   itself are not declared.
-- Parameters: tables Array(String).
-- Columns: table, name, type; in the tables' own column order.
SELECT table, name, type
FROM system.columns
WHERE database = currentDatabase() AND has({tables:Array(String)}, table) AND default_kind != 'MATERIALIZED'
ORDER BY table, position

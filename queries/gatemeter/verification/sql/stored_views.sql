-- Purpose: what some views of the database show. It is asked for these alone: the server reads each from its file.
-- Parameters: names Array(String), of the views.
-- Columns: name, query (in one line).
SELECT name, as_select AS query
FROM system.tables
WHERE database = currentDatabase() AND name IN {names:Array(String)}
ORDER BY name

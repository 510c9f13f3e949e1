-- Purpose: whether a table has a column.
-- Parameters: table String, column String.
-- Columns: 1 when it has, else 0.
SELECT count()
FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} AND name = {column:String}

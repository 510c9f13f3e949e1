-- Purpose: how the tables and views of the database are made.
-- Parameters: none.
-- Columns: name, engine, sorting_key, computed_columns (names of columns that are not stored as they are inserted).
SELECT
    tables.name AS name,
    tables.engine AS engine,
    tables.sorting_key AS sorting_key,
    computed.names AS computed_columns
FROM system.tables AS tables
LEFT JOIN
(
    SELECT table, groupArray(name) AS names
    FROM system.columns
    WHERE database = currentDatabase() AND default_kind IN ('MATERIALIZED', 'ALIAS', 'EPHEMERAL')
    GROUP BY table
) AS computed ON computed.table = tables.name
WHERE tables.database = currentDatabase()
ORDER BY name

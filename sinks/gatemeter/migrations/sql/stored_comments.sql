-- Purpose: what the server tells of the tables and views of the database, and of their columns. Nobody reads a
--   materialized view: it has none.
-- Columns: name, is_view, about (the comment on it), columns, comments (of the columns, in their order); by name.
SELECT
    tables.name AS name,
    tables.engine = 'View' AS is_view,
    any(tables.comment) AS about,
    groupArray(described.name) AS columns,
    groupArray(described.comment) AS comments
FROM system.tables AS tables
INNER JOIN
(
    SELECT table, name, comment
    FROM system.columns
    WHERE database = currentDatabase()
    ORDER BY table, position
) AS described ON described.table = tables.name
WHERE tables.database = currentDatabase() AND tables.engine != 'MaterializedView'
GROUP BY name, is_view
ORDER BY name

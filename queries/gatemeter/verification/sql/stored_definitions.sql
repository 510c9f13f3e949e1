-- Purpose: how the tables and views of the database are made.
-- Parameters: view_names, view_queries Array(String), name and query of each view that there should be.
-- Columns: name, engine, engine_full, sorting_key, query (of a view, in one line), expected_query ('' for no view),
--   computed_columns (names of columns that are not stored as they are inserted).
SELECT
    tables.name AS name,
    tables.engine AS engine,
    tables.engine_full AS engine_full,
    tables.sorting_key AS sorting_key,
    if(tables.as_select = '', '', formatQuerySingleLine(tables.as_select)) AS query,
    if(
        has({view_names:Array(String)}, tables.name),
        formatQuerySingleLine(
            {view_queries:Array(String)}[indexOf({view_names:Array(String)}, tables.name)]
        ),
        ''
    ) AS expected_query,
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

-- Purpose: which rungs of which tables have settled units.
-- Parameters: none.
-- Columns: rung, table.
SELECT DISTINCT rung, table
FROM settled_units

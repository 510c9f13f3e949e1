-- Purpose: which rungs above the hours have settled units of any of some tables.
-- Parameters: usage_tables Array(String), tables of usage per hour.
-- Columns: rung.
SELECT DISTINCT rung
FROM settled_units
WHERE table IN {usage_tables:Array(String)}

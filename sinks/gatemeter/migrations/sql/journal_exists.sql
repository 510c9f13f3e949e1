-- Purpose: whether the database was ever migrated.
-- Columns: 1 when the table of migrations exists, else 0.
SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'

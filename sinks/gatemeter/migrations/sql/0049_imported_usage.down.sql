-- Purpose: takes 0049_imported_usage back, with all that was imported.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP VIEW IF EXISTS ${database}.imported_billable ${on_cluster} SYNC;
DROP TABLE IF EXISTS ${database}.imported_usage ${on_cluster} SYNC;

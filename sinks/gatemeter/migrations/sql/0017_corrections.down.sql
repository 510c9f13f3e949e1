-- Purpose: takes 0017_corrections back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.corrections ${on_cluster} SYNC;

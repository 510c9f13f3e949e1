-- Purpose: takes 0003_dead_letters back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.dead_letters ${on_cluster} SYNC;

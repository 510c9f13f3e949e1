-- Purpose: takes 0019_progress back, with all rows of the two tables.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.counted_ends ${on_cluster} SYNC;
DROP TABLE IF EXISTS ${database}.counting_starts ${on_cluster} SYNC;

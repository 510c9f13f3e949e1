-- Purpose: takes 0020_seals back, with all seals.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.seals ${on_cluster} SYNC;

-- Purpose: takes 0016_event_ledger back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.event_ledger ${on_cluster} SYNC;

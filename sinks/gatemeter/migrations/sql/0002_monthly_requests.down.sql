-- Purpose: takes 0002_monthly_requests back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.monthly_requests ${on_cluster} SYNC;

-- Purpose: takes 0051_billing_statements back, with all closed bills.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.billing_statements ${on_cluster} SYNC;

-- Purpose: takes the journal of crossed budgets back: what is still crossed would be announced again.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.budget_deliveries ${on_cluster} SYNC;
DROP TABLE IF EXISTS ${database}.budget_crossings ${on_cluster} SYNC;

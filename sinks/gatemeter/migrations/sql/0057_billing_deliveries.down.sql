-- Purpose: takes 0057_billing_deliveries back, with the journal: what was delivered would be delivered again.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.billing_deliveries ${on_cluster} SYNC;

-- Purpose: takes 0030_identities back, with what the column held.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS identities;

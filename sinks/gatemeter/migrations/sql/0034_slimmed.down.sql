-- Purpose: takes 0034_slimmed back, with what the column held.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS slimmed;

-- Purpose: takes 0012_ledger_rules back, with what the two columns held.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS rules;
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS fields_left_out;

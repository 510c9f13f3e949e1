-- Purpose: takes 0022_unkeyed_messages back, with what the column held.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS unkeyed;

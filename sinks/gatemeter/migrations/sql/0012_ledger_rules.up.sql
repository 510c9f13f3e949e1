-- Purpose: the ledger says by which rules an epoch was counted, and how many unusable fields were left out of counted
-- events. An epoch that other rules began is not counted again: its rows would be mixed with others.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS fields_left_out UInt64 CODEC(ZSTD);
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS rules String CODEC(ZSTD);

-- Purpose: by which counting rules an epoch's events were cut before they were sent (`gatemeter.formats.slimming`), a
-- line for each. Empty for events that came whole, and for what was counted before.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS slimmed String CODEC(ZSTD) AFTER identities;

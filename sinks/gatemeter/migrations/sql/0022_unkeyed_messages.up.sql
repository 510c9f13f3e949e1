-- Purpose: how many messages of each epoch have no key. A copy of such a message may be in another partition of its topic,
-- where it is counted again. Of epochs that were counted before nothing is known, which is stored as 0.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS unkeyed Int64 CODEC(ZSTD);

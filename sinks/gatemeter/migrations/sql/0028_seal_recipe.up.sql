-- Purpose: by which recipe the hashes of a seal were made (`gatemeter.verification.seal_recipe`): a later recipe covers
-- more columns. 0 for seals from before, whose hashes nothing makes any more: these epochs are sealed again.
ALTER TABLE ${database}.seals ${on_cluster} ADD COLUMN IF NOT EXISTS recipe UInt16 CODEC(ZSTD);

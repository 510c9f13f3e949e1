-- Purpose: a hash over the row that says why an event is retracted. The reason is in no log, so that nothing but the row
-- itself can tell that it was edited. Empty for what was booked before.
ALTER TABLE ${database}.corrections ${on_cluster} ADD COLUMN IF NOT EXISTS row_hash String CODEC(ZSTD);

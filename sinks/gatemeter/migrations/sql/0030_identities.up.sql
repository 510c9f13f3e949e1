-- Purpose: how copies of an epoch's events are known: by ids, positions or content (`gatemeter.events.identity`). Empty
-- for what was counted before; those were ids of the gateway, or the text of events without one.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS identities String CODEC(ZSTD) AFTER unkeyed;

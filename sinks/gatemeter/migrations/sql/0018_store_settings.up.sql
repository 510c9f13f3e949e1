-- Purpose: what a store remembers about how it is counted into, and since when: one row a change, never edited. The
-- first setting is the event ledger: what counts into a store that keeps it must keep it too, or events are billed that
-- nobody can look up.
--
-- `first_event_time` says of an epoch that the event ledger was kept while it was counted, and from which time on it has
-- events: rows that are missing although they have not expired were deleted by somebody.
--
-- ORDER BY the name and the moment, so that the history of a setting is read in its order. Not partitioned: changes are
-- few.
CREATE TABLE IF NOT EXISTS ${database}.store_settings ${on_cluster}
(
    name String,
    changed_at DateTime64(3, 'UTC'),
    value String
)
ENGINE = ${engine:ReplacingMergeTree()}
ORDER BY (name, changed_at)
SETTINGS ${dedup_window:0};
ALTER TABLE ${database}.epoch_ledger ${on_cluster} ADD COLUMN IF NOT EXISTS first_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD);

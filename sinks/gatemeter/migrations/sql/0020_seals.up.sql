-- Purpose: the seals of epochs (`gatemeter seal`): one row for each epoch that was sealed, with hashes over its rows and
-- the seals of its log and partition so far. Whoever keeps the last seal elsewhere can tell that a sealed row was changed.
--
-- number: the position of the epoch among the sealed ones of its log and partition; seals are chained in this order. 0
-- for an open epoch, which may still grow and is not in the chain.
-- next_offset: how far the epoch was counted when it was sealed.
-- ORDER BY the epoch: sealing it again (it has grown, or its costs were computed again) replaces its row.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.seals ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    sealed_at DateTime64(3, 'UTC') CODEC(ZSTD),
    topic String CODEC(ZSTD),
    number Int64 CODEC(ZSTD),
    next_offset Int64 CODEC(ZSTD),
    usage_hash String CODEC(ZSTD),
    costs_hash String CODEC(ZSTD),
    events Int64 CODEC(ZSTD),
    events_hash String CODEC(ZSTD),
    dead_letters Int64 CODEC(ZSTD),
    dead_letters_hash String CODEC(ZSTD),
    usage_seal String CODEC(ZSTD),
    costs_seal String CODEC(ZSTD),
    records_seal String CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(sealed_at)}
ORDER BY (log, partition, epoch_first_offset)
SETTINGS ${dedup_window:0};

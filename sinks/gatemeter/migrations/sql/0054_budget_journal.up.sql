-- Purpose: the journal of crossed budgets (`gatemeter budgets watch`): what was found, and who was told of it.
--
-- budget_crossings has a row a crossing, by its id: found again by another watcher, it stays one. Recorded before anybody is
-- told, so that a watcher that dies is continued by the next one. budget_deliveries has a row for each try, never replaced.
-- Small tables, which are read by time: neither is partitioned.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.budget_crossings ${on_cluster}
(
    id String,
    budget String,
    declaration String,
    per String,
    scope String,
    threshold_percent String,
    slides Bool,
    window_start DateTime('UTC'),
    window_end DateTime('UTC'),
    meter String,
    budget_limit String,
    currency String,
    used String,
    is_lower_bound Bool,
    found_at DateTime64(3, 'UTC'),
    targets Array(String)
)
ENGINE = ${engine:ReplacingMergeTree()}
ORDER BY id
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.budget_deliveries ${on_cluster}
(
    crossing_id String,
    target String,
    attempt UInt32,
    attempted_at DateTime64(3, 'UTC'),
    outcome String,
    detail String
)
ENGINE = ${engine:MergeTree()}
ORDER BY (crossing_id, target, attempt)
SETTINGS ${dedup_window:0};

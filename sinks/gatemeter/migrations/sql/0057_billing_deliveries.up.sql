-- Purpose: the journal of what was delivered to billing systems (`gatemeter export stripe` and others).
--
-- MergeTree: no row replaces another one. A row is written before an event is sent, and one after it was answered, so
-- that a run that was killed is known to have sent it perhaps.
-- ORDER BY: a run reads one period of one destination.
-- Not partitioned: a period is a small part of a month's usage, and old ones are kept for those who dispute a bill.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.billing_deliveries ${on_cluster}
(
    system LowCardinality(String),
    destination LowCardinality(String),
    period String,
    delivery_id String,
    usage_key String,
    part UInt32,
    account String,
    consumer String,
    charge LowCardinality(String),
    customer String,
    event_name LowCardinality(String),
    occurred_at DateTime('UTC'),
    quantity Decimal(76, 24),
    content_sha256 String,
    state LowCardinality(String),
    answer String CODEC(ZSTD(3)),
    run String,
    at DateTime64(6, 'UTC')
)
ENGINE = ${engine:MergeTree()}
ORDER BY (system, destination, period, delivery_id, at)
SETTINGS ${dedup_window:0};

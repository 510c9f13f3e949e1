-- Purpose: custom meters per hour: what users declare to be counted of events, and in the account of each epoch how many
-- events they took.
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
-- declaration: a hash of what was declared, so that two declarations of one name are never added up.
-- value_scaled: the sum of the values times 10 to the power of decimals. distinct_hashes: distinct values are counted with
-- uniqExactArray over any set of rows; the values themselves are not kept.
CREATE TABLE IF NOT EXISTS ${database}.meter_usage_hourly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    meter String CODEC(ZSTD),
    declaration String CODEC(ZSTD),
    unit String CODEC(ZSTD),
    aggregation String CODEC(ZSTD),
    decimals UInt8 CODEC(ZSTD),
    group_names String CODEC(ZSTD),
    group_1 String CODEC(ZSTD),
    group_2 String CODEC(ZSTD),
    group_3 String CODEC(ZSTD),
    group_4 String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    events Int64 CODEC(ZSTD),
    value_scaled Int128 CODEC(ZSTD),
    without_value Int128 CODEC(ZSTD),
    refused Int128 CODEC(ZSTD),
    distinct_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version)}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, epoch_first_offset
)
SETTINGS ${dedup_window:0};
ALTER TABLE ${database}.epoch_ledger ${on_cluster}
    ADD COLUMN IF NOT EXISTS meter_events Int64 CODEC(ZSTD) AFTER identities,
    ADD COLUMN IF NOT EXISTS metered_other Int64 CODEC(ZSTD) AFTER meter_events;
CREATE VIEW IF NOT EXISTS ${database}.meter_usage ${on_cluster} AS
SELECT
    *,
    divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9) AS value
FROM ${database}.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

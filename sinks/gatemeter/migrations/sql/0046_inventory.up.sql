-- Purpose: what gateways have configured: a row for each whole snapshot of a control plane, the entities of the sets that
-- snapshots name, and the messages that could not be taken (`gatemeter inventory`).
--
-- set_id: the hash of a set's entities. A configuration that stays the same is one set however often it is told, so rows
-- grow with changes and not with time; equal rows replace each other.
-- inventory_snapshots, kinds and the three arrays behind it: belong together by position. A snapshot is written in one row
-- once all its entities are stored, so nobody sees half of one.
-- inventory_dead_letters, version: 1, and 2 for the row that takes a replayed one away.
-- ORDER BY: entities by the set that a snapshot names; snapshots by control plane and time; messages by their location.
-- Not partitioned: a few thousand rows a change of the configuration.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.inventory_entities ${on_cluster}
(
    control_plane_id String CODEC(ZSTD),
    kind LowCardinality(String) CODEC(ZSTD),
    set_id String CODEC(ZSTD),
    entity_id String CODEC(ZSTD),
    name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_group_id String CODEC(ZSTD),
    plugin_tier LowCardinality(String) CODEC(ZSTD),
    plugin_scope LowCardinality(String) CODEC(ZSTD),
    is_enabled Nullable(UInt8) CODEC(ZSTD),
    username String CODEC(ZSTD),
    custom_id String CODEC(ZSTD),
    realm String CODEC(ZSTD),
    hostname String CODEC(ZSTD),
    gateway_version String CODEC(ZSTD),
    role LowCardinality(String) CODEC(ZSTD),
    last_seen Nullable(DateTime('UTC')) CODEC(ZSTD),
    target_hashes Array(String) CODEC(ZSTD),
    tags Array(String) CODEC(ZSTD),
    definition_hash String CODEC(ZSTD),
    updated_at Nullable(DateTime('UTC')) CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree()}
ORDER BY (control_plane_id, kind, set_id, entity_id)
SETTINGS ${dedup_window:0};

CREATE TABLE IF NOT EXISTS ${database}.inventory_snapshots ${on_cluster}
(
    control_plane_id String CODEC(ZSTD),
    taken_at DateTime64(3, 'UTC') CODEC(ZSTD),
    snapshot_id String CODEC(ZSTD),
    control_plane_name String CODEC(ZSTD),
    source LowCardinality(String) CODEC(ZSTD),
    origin String CODEC(ZSTD),
    gateway_version String CODEC(ZSTD),
    edition String CODEC(ZSTD),
    database String CODEC(ZSTD),
    database_version String CODEC(ZSTD),
    deployment String CODEC(ZSTD),
    node_id String CODEC(ZSTD),
    hostname String CODEC(ZSTD),
    cores Nullable(Int64) CODEC(ZSTD),
    uname String CODEC(ZSTD),
    license_key String CODEC(ZSTD),
    license_expires String CODEC(ZSTD),
    connected_data_planes Nullable(Int64) CODEC(ZSTD),
    report_checksum String CODEC(ZSTD),
    kinds Array(String) CODEC(ZSTD),
    completeness Array(String) CODEC(ZSTD),
    counts Array(Nullable(Int64)) CODEC(ZSTD),
    set_ids Array(String) CODEC(ZSTD),
    reports_plugins UInt8 CODEC(ZSTD),
    reported_plugins Array(Tuple(tier String, name String, count Int64)) CODEC(ZSTD),
    unique_route_lambdas Nullable(Int64) CODEC(ZSTD),
    unique_route_kafkas Nullable(Int64) CODEC(ZSTD),
    reports_requests UInt8 CODEC(ZSTD),
    monthly_requests Array(Tuple(bucket String, requests Int64)) CODEC(ZSTD),
    total_requests Nullable(Int64) CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(offset)}
ORDER BY (control_plane_id, taken_at, snapshot_id)
SETTINGS ${dedup_window:0};

CREATE TABLE IF NOT EXISTS ${database}.inventory_dead_letters ${on_cluster}
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    is_deleted UInt8 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    message_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    reason String CODEC(ZSTD),
    detail String CODEC(ZSTD),
    size_bytes Int64 CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(version, is_deleted)}
ORDER BY (log, partition, offset)
SETTINGS ${dedup_window:0};

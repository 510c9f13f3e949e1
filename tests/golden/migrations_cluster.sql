-- schema_migrations
-- Purpose: the database, and the table in which it remembers its migrations. Run before every migration.
-- ORDER BY number: a migration has one row, its latest state; taking it back deletes the row.
CREATE DATABASE IF NOT EXISTS `gatemeter` ON CLUSTER `main`;

CREATE TABLE IF NOT EXISTS `gatemeter`.schema_migrations ON CLUSTER `main`
(
    number UInt32,
    title String,
    up_sha256 String,
    down_sha256 String,
    cluster String,
    changed_at DateTime64(6, 'UTC'),
    is_deleted UInt8
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', changed_at, is_deleted)
ORDER BY number
SETTINGS replicated_deduplication_window = 0;

-- 0001_api_usage_hourly
-- Purpose: requests per hour and everything they are asked by; the truth that bills are made of.
--
-- A row is the whole running value of one key in one epoch of the log, so a higher version replaces it, and reading
-- needs FINAL until the parts are merged. Values of different epochs of one key are added by the reader.
--
-- ORDER BY: the hour first, because every report asks for a span of time; the consumer next, because bills and most
-- questions are per consumer; then the other dimensions, and last the lineage (log, partition, epoch), which makes
-- the key unique to the one place that a row is computed from. All of it is needed: whatever were left out of the
-- key would let rows of different meaning replace each other.
-- PRIMARY KEY: hour and consumer are all that the index in memory can narrow down by; the rest would only fill it.
-- PARTITION BY the month of the hour: it follows from the key, so rows that replace each other always share a
-- partition, and a closed month can be frozen or dropped as a whole.
-- Deduplication of equal inserts is off: versions make repeated inserts harmless already, and a window would silently
-- drop rows that are computed again, equal to the byte, after somebody deleted them.
CREATE TABLE IF NOT EXISTS `gatemeter`.api_usage_hourly ON CLUSTER `main`
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
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    requests UInt64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count UInt64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_upstream_count UInt64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_gateway_count UInt64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, method, status, source, log, partition, epoch_first_offset
)
SETTINGS replicated_deduplication_window = 0;

-- 0002_monthly_requests
-- Purpose: the license counters, requests per calendar month (UTC).
--
-- ORDER BY: the month first, because the report lists months; then the dimensions and the lineage, which make the
-- key unique to the place a row is computed from.
-- PARTITION BY the year: a few rows per month and epoch; it follows from the key, so replacing rows share it.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.monthly_requests ON CLUSTER `main`
(
    month Date CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    source String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    requests UInt64 CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYear(month)
ORDER BY (month, workspace, source, log, partition, epoch_first_offset)
SETTINGS replicated_deduplication_window = 0;

-- 0003_dead_letters
-- Purpose: the events that could not be counted, each with its reason and its first bytes.
--
-- ORDER BY: an event's place in the log and nothing else. The epoch is not part of the key: recomputing a place in
-- another epoch (after a gap) must replace the letter, not add one. People look letters up by log and offset.
-- Not partitioned: no time is certain for an event that could not be read.
-- is_deleted: a letter that a later reading could count after all (a last line that was completed) is taken back by
-- a row of a higher version.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.dead_letters ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(Delta, ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    is_deleted UInt8 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    message_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD),
    format String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    detail String CODEC(ZSTD),
    raw String CODEC(ZSTD(3)),
    raw_size_bytes UInt64 CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (log, partition, offset, line, event_index)
SETTINGS replicated_deduplication_window = 0;

-- 0004_epoch_ledger
-- Purpose: the conservation law per epoch (consumed = counted + duplicates + dead_letters + other_kind), and how far
-- each epoch has been stored.
--
-- ORDER BY: the log, its partition and the epoch, as a worker asks for all epochs of one log when it starts.
-- Not partitioned: one row an epoch, thousands of rows in all.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.epoch_ledger ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(Delta, ZSTD),
    version Int64 CODEC(Delta, ZSTD),
    topic String CODEC(ZSTD),
    log_kind String CODEC(ZSTD),
    epoch_size Int64 CODEC(ZSTD),
    consumed UInt64 CODEC(ZSTD),
    counted UInt64 CODEC(ZSTD),
    duplicates UInt64 CODEC(ZSTD),
    dead_letters UInt64 CODEC(ZSTD),
    other_kind UInt64 CODEC(ZSTD),
    content_hash String CODEC(ZSTD),
    unterminated_line Int64 CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition, epoch_first_offset)
SETTINGS replicated_deduplication_window = 0;

-- 0005_api_usage_view
-- Purpose: `api_usage`, the hourly rows as people should read them: replaced rows are gone whether or not the parts
-- were merged yet, and an unknown status is NULL. Add up `requests`; one key has a row per epoch of the log.
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage ON CLUSTER `main` AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0006_billable_monthly_view
-- Purpose: `billable_monthly`, one row per calendar month (UTC) and consumer; what `gatemeter report billable` shows.
-- A consumer's names are the latest that are not empty (of equally late ones the greatest), so that they do not
-- depend on how the log was cut into epochs.
CREATE VIEW IF NOT EXISTS `gatemeter`.billable_monthly ON CLUSTER `main` AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    argMaxIf(usage.consumer_username, (hour, usage.consumer_username), usage.consumer_username != '') AS consumer_username,
    argMaxIf(usage.consumer_custom_id, (hour, usage.consumer_custom_id), usage.consumer_custom_id != '') AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    sum(usage.request_bytes) AS request_bytes,
    sum(usage.response_bytes) AS response_bytes
FROM `gatemeter`.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0007_conservation_view
-- Purpose: `conservation`, one row per log: where every consumed event went, and whether the sum `holds`.
CREATE VIEW IF NOT EXISTS `gatemeter`.conservation ON CLUSTER `main` AS
SELECT
    topic,
    log,
    any(ledger.log_kind) AS log_kind,
    count() AS epochs,
    sum(ledger.consumed) AS consumed,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters,
    sum(ledger.other_kind) AS other_kind,
    -- Epoch by epoch: errors that cancel each other out are errors all the same.
    toBool(min(
        ledger.consumed = ledger.counted + ledger.duplicates + ledger.dead_letters + ledger.other_kind
    )) AS holds
FROM `gatemeter`.epoch_ledger AS ledger FINAL
GROUP BY topic, log;

-- 0008_dead_letter_list_view
-- Purpose: `dead_letter_list`, the events that could not be counted, without those taken back since.
CREATE VIEW IF NOT EXISTS `gatemeter`.dead_letter_list ON CLUSTER `main` AS
SELECT topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes
FROM `gatemeter`.dead_letters FINAL;

-- 0009_llm_usage_hourly
-- Purpose: calls to language models per hour: tokens by class, what the gateway reported they cost, and what the price
-- book says.
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001. Everything that a price may
-- depend on is part of the key, so the cost of a row is the sum of the costs of its calls: the columns from
-- cost_computed on follow from the others and from the price book that price_version names. Repricing writes the same
-- rows again with the same version and other costs; of equal versions the last insert wins.
-- Decimal(38, 24): prices per token and reported costs are exact to the last digit.
CREATE TABLE IF NOT EXISTS `gatemeter`.llm_usage_hourly ON CLUSTER `main`
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
    plugin_name String CODEC(ZSTD),
    plugin_id String CODEC(ZSTD),
    provider String CODEC(ZSTD),
    request_model String CODEC(ZSTD),
    response_model String CODEC(ZSTD),
    cache_status String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    embeddings_provider String CODEC(ZSTD),
    embeddings_model String CODEC(ZSTD),
    service_tier String CODEC(ZSTD),
    context_above_tokens UInt32 CODEC(ZSTD),
    tokens_evidence String CODEC(ZSTD),
    embeddings_evidence String CODEC(ZSTD),
    token_classes String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    calls Int128 CODEC(ZSTD),
    answers Int128 CODEC(ZSTD),
    prompt_tokens Int128 CODEC(ZSTD),
    completion_tokens Int128 CODEC(ZSTD),
    total_tokens Int128 CODEC(ZSTD),
    cached_tokens Int128 CODEC(ZSTD),
    cache_write_tokens Int128 CODEC(ZSTD),
    cache_write_1h_tokens Int128 CODEC(ZSTD),
    reasoning_tokens Int128 CODEC(ZSTD),
    audio_input_tokens Int128 CODEC(ZSTD),
    audio_output_tokens Int128 CODEC(ZSTD),
    fresh_input_tokens Int128 CODEC(ZSTD),
    plain_output_tokens Int128 CODEC(ZSTD),
    embeddings_tokens Int128 CODEC(ZSTD),
    calls_without_reported_cost Int128 CODEC(ZSTD),
    latency_llm_count UInt64 CODEC(ZSTD),
    latency_llm_sum_ns Int128 CODEC(ZSTD),
    latency_llm_min_ns Int64 CODEC(ZSTD),
    latency_llm_max_ns Int64 CODEC(ZSTD),
    latency_llm_buckets Array(UInt16) CODEC(ZSTD),
    latency_llm_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_time_per_token_count UInt64 CODEC(ZSTD),
    latency_time_per_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_per_token_min_ns Int64 CODEC(ZSTD),
    latency_time_per_token_max_ns Int64 CODEC(ZSTD),
    latency_time_per_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_per_token_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_time_to_first_token_count UInt64 CODEC(ZSTD),
    latency_time_to_first_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_to_first_token_min_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_max_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_to_first_token_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_embeddings_count UInt64 CODEC(ZSTD),
    latency_embeddings_sum_ns Int128 CODEC(ZSTD),
    latency_embeddings_min_ns Int64 CODEC(ZSTD),
    latency_embeddings_max_ns Int64 CODEC(ZSTD),
    latency_embeddings_buckets Array(UInt16) CODEC(ZSTD),
    latency_embeddings_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_cache_fetch_count UInt64 CODEC(ZSTD),
    latency_cache_fetch_sum_ns Int128 CODEC(ZSTD),
    latency_cache_fetch_min_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_max_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_buckets Array(UInt16) CODEC(ZSTD),
    latency_cache_fetch_bucket_counts Array(UInt64) CODEC(ZSTD),
    cost_reported Decimal(38, 24) CODEC(ZSTD),
    cost_savings_reported Decimal(38, 24) CODEC(ZSTD),
    cost_computed Decimal(38, 24) CODEC(ZSTD),
    embeddings_cost Decimal(38, 24) CODEC(ZSTD),
    cost_savings Decimal(38, 24) CODEC(ZSTD),
    unpriced_calls UInt64 CODEC(ZSTD),
    cost_evidence String CODEC(ZSTD),
    price_version String CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, plugin_name, plugin_id, provider, request_model, response_model, cache_status, outcome,
    embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence, embeddings_evidence,
    token_classes, log, partition, epoch_first_offset
)
SETTINGS replicated_deduplication_window = 0;

-- 0010_agentic_usage_hourly
-- Purpose: calls of agents per hour, to tools (MCP) and to other agents (A2A).
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
-- session_hashes: distinct sessions are counted with uniqExactArray over any set of rows; the sessions themselves are
-- not kept.
CREATE TABLE IF NOT EXISTS `gatemeter`.agentic_usage_hourly ON CLUSTER `main`
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
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    calls UInt64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count UInt64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(UInt64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset
)
SETTINGS replicated_deduplication_window = 0;

-- 0011_stream_sessions_hourly
-- Purpose: TCP, TLS and UDP sessions per hour, kept apart from API requests.
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.stream_sessions_hourly ON CLUSTER `main`
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
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    sessions UInt64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count UInt64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(UInt64) CODEC(ZSTD),
    latency_gateway_count UInt64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, status, log, partition, epoch_first_offset
)
SETTINGS replicated_deduplication_window = 0;

-- 0012_ledger_rules
-- Purpose: the ledger says by which rules an epoch was counted, and how many unusable fields were left out of counted
-- events. An epoch that other rules began is not counted again: its rows would be mixed with others.
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS fields_left_out UInt64 CODEC(ZSTD);
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS rules String CODEC(ZSTD);

-- 0013_usage_views
-- Purpose: `llm_usage`, `agentic_usage` and `stream_sessions`, the hourly rows as people should read them: replaced
-- rows are gone whether or not the parts were merged yet.
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage ON CLUSTER `main` AS
SELECT *
FROM `gatemeter`.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage ON CLUSTER `main` AS
SELECT *
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.stream_sessions ON CLUSTER `main` AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM `gatemeter`.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0014_llm_costs_view
-- Purpose: `llm_costs`, what calls to models cost, one row per hour, caller, model and kind of evidence: what the
-- gateway reported (`reported`) beside what the price book says (`computed`, or `estimated` where tokens or prices
-- are), each with the version of its price. Never add rows of different evidence of the same calls.
-- Sums of Decimal(38, 24) wrap around without an error from 10^14 units on; those of Decimal256 do not.
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs ON CLUSTER `main` AS
SELECT
    usage.hour AS hour,
    usage.consumer_id AS consumer_id,
    usage.consumer_username AS consumer_username,
    usage.consumer_custom_id AS consumer_custom_id,
    usage.service_name AS service_name,
    usage.route_name AS route_name,
    usage.workspace AS workspace,
    usage.plugin_name AS plugin_name,
    usage.provider AS provider,
    usage.request_model AS request_model,
    usage.response_model AS response_model,
    priced.1 AS evidence,
    priced.2 AS price_version,
    sum(priced.3) AS calls,
    sum(toDecimal256(priced.4, 24)) AS cost
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN [
    ('reported', 'gateway', usage.calls - usage.calls_without_reported_cost, usage.cost_reported),
    (
        usage.cost_evidence, usage.price_version, usage.calls - toInt128(usage.unpriced_calls), usage.cost_computed
    )
] AS priced
-- An event that only completes another one's call has a cost and no call.
WHERE usage.outcome = 'provider' AND priced.1 != 'unpriced' AND (priced.3 > 0 OR priced.4 != 0)
GROUP BY
    hour, consumer_id, consumer_username, consumer_custom_id, service_name, route_name, workspace, plugin_name,
    provider, request_model, response_model, evidence, price_version
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0015_signed_counts
-- Purpose: counts may be negative. An event that was counted and is taken back (`gatemeter correct`) is never edited
-- away: it is booked as rows of its own whose counts are those of the event with a minus sign, so every count that
-- such a row holds is signed.
--
-- No column of a key changes, and the rows keep their numbers: a count beyond 2^63 is not to be had.
-- The views over these tables are made anew, because a view keeps the column types of the day it was created. They
-- read as before, but that `llm_costs` shows calls taken back too. Sums over Int64 stay exact.
ALTER TABLE `gatemeter`.api_usage_hourly ON CLUSTER `main`
    MODIFY COLUMN requests Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_request_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_upstream_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE `gatemeter`.llm_usage_hourly ON CLUSTER `main`
    MODIFY COLUMN latency_llm_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_llm_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_time_per_token_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_time_per_token_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_time_to_first_token_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_time_to_first_token_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_embeddings_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_embeddings_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_cache_fetch_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_cache_fetch_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN unpriced_calls Int64 CODEC(ZSTD);
ALTER TABLE `gatemeter`.agentic_usage_hourly ON CLUSTER `main`
    MODIFY COLUMN calls Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_call_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_call_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE `gatemeter`.stream_sessions_hourly ON CLUSTER `main`
    MODIFY COLUMN sessions Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_session_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE `gatemeter`.monthly_requests ON CLUSTER `main`
    MODIFY COLUMN requests Int64 CODEC(ZSTD);
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main`
    MODIFY COLUMN consumed Int64 CODEC(ZSTD),
    MODIFY COLUMN counted Int64 CODEC(ZSTD),
    MODIFY COLUMN duplicates Int64 CODEC(ZSTD),
    MODIFY COLUMN dead_letters Int64 CODEC(ZSTD),
    MODIFY COLUMN other_kind Int64 CODEC(ZSTD),
    MODIFY COLUMN fields_left_out Int64 CODEC(ZSTD);
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    argMaxIf(usage.consumer_username, (hour, usage.consumer_username), usage.consumer_username != '') AS consumer_username,
    argMaxIf(usage.consumer_custom_id, (hour, usage.consumer_custom_id), usage.consumer_custom_id != '') AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    sum(usage.request_bytes) AS request_bytes,
    sum(usage.response_bytes) AS response_bytes
FROM `gatemeter`.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.conservation ON CLUSTER `main` AS
SELECT
    topic,
    log,
    any(ledger.log_kind) AS log_kind,
    count() AS epochs,
    sum(ledger.consumed) AS consumed,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters,
    sum(ledger.other_kind) AS other_kind,
    -- Epoch by epoch: errors that cancel each other out are errors all the same.
    toBool(min(
        ledger.consumed = ledger.counted + ledger.duplicates + ledger.dead_letters + ledger.other_kind
    )) AS holds
FROM `gatemeter`.epoch_ledger AS ledger FINAL
GROUP BY topic, log;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage ON CLUSTER `main` AS
SELECT *
FROM `gatemeter`.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` AS
SELECT *
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.stream_sessions ON CLUSTER `main` AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM `gatemeter`.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs ON CLUSTER `main` AS
SELECT
    usage.hour AS hour,
    usage.consumer_id AS consumer_id,
    usage.consumer_username AS consumer_username,
    usage.consumer_custom_id AS consumer_custom_id,
    usage.service_name AS service_name,
    usage.route_name AS route_name,
    usage.workspace AS workspace,
    usage.plugin_name AS plugin_name,
    usage.provider AS provider,
    usage.request_model AS request_model,
    usage.response_model AS response_model,
    priced.1 AS evidence,
    priced.2 AS price_version,
    sum(priced.3) AS calls,
    sum(toDecimal256(priced.4, 24)) AS cost
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN [
    ('reported', 'gateway', usage.calls - usage.calls_without_reported_cost, usage.cost_reported),
    (
        usage.cost_evidence, usage.price_version, usage.calls - toInt128(usage.unpriced_calls), usage.cost_computed
    )
] AS priced
-- An event that only completes another one's call has a cost and no call.
WHERE usage.outcome = 'provider' AND priced.1 != 'unpriced' AND (priced.3 != 0 OR priced.4 != 0)
GROUP BY
    hour, consumer_id, consumer_username, consumer_custom_id, service_name, route_name, workspace, plugin_name,
    provider, request_model, response_model, evidence, price_version
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0016_event_ledger
-- Purpose: the optional ledger of single events: one narrow row for every event that could be read, with its place in
-- the log and what became of it. With it duplicates are found at any distance, and a number can be traced to events.
--
-- ORDER BY: the event's hash first, because duplicates stand together then and one event is looked up by its id; the
-- place in the log next, which makes the key unique to one event. The epoch is not part of the key: recounting a place
-- in another epoch (after a gap) must replace the row, not add one.
-- PRIMARY KEY: the hash and the log find an event; the rest would only fill the index in memory.
-- PARTITION BY the month of the event's own time: it follows from the place, so rows that replace each other always
-- share a partition. Parts keep the extremes of `time` as well, which is why it needs no index of its own.
-- Index on consumer_id: rows are in the order of their hashes, so without it the events of one consumer could only be
-- found by reading all of a month; it pays where a consumer has few of a month's events.
-- TTL: by the event's own time, so a log metered late leaves no rows that are older than it says. Another number of
-- days is set with `gatemeter migrate --keep-events-days`.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.event_ledger ON CLUSTER `main`
(
    id_hash UInt64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    time DateTime64(3, 'UTC') CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    INDEX consumer consumer_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(time)
PRIMARY KEY (id_hash, log)
ORDER BY (id_hash, log, partition, offset, line, event_index)
TTL toDateTime(time) + INTERVAL 400 DAY
SETTINGS replicated_deduplication_window = 0;

-- 0017_corrections
-- Purpose: why an event that was counted is taken back: one row an event, with the place of its copy that stays counted
-- and the reason. What it takes back is booked in the tables of usage as rows with negative counts.
--
-- ORDER BY: the place of the event and nothing else, so booking a correction again replaces it by itself.
-- Not partitioned, and kept for good: corrections are few, and bills rest on them.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.corrections ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    offset Int64 CODEC(Delta, ZSTD),
    line UInt32 CODEC(ZSTD),
    event_index UInt32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    id_hash UInt64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    time DateTime64(3, 'UTC') CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    kept_log String CODEC(ZSTD),
    kept_partition Int32 CODEC(ZSTD),
    kept_offset Int64 CODEC(ZSTD),
    kept_line UInt32 CODEC(ZSTD),
    kept_event_index UInt32 CODEC(ZSTD),
    reason String CODEC(ZSTD),
    booked_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition, offset, line, event_index)
SETTINGS replicated_deduplication_window = 0;

-- 0018_store_settings
-- Purpose: what a store remembers about how it is counted into, and since when: one row a change, never edited. The
-- first setting is the event ledger: what counts into a store that keeps it must keep it too, or events are billed that
-- nobody can look up.
--
-- `first_event_time` says of an epoch that the event ledger was kept while it was counted, and from which time on it has
-- events: rows that are missing although they have not expired were deleted by somebody.
--
-- ORDER BY the name and the moment, so that the history of a setting is read in its order. Not partitioned: changes are
-- few.
CREATE TABLE IF NOT EXISTS `gatemeter`.store_settings ON CLUSTER `main`
(
    name String,
    changed_at DateTime64(3, 'UTC'),
    value String
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (name, changed_at)
SETTINGS replicated_deduplication_window = 0;
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS first_event_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD);

-- 0019_progress
-- Purpose: from where each partition of a log is counted, and how far it has been stored. The epochs say it too, but
-- epochs that were deleted say nothing: held against these tables, their absence shows.
--
-- Of partitions that were counted before, the next flush says how far they came. Why counting began behind the first
-- offset, nobody knows of them.
--
-- version: of `counting_starts` the first offset that is counted, of `counted_ends` the next offset. Both only grow.
-- ORDER BY: one row a partition. Not partitioned: a few rows a log.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.counting_starts ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition)
SETTINGS replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS `gatemeter`.counted_ends ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    log_kind String CODEC(ZSTD),
    counted_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition)
SETTINGS replicated_deduplication_window = 0;

-- 0020_seals
-- Purpose: the seals of epochs (`gatemeter seal`): one row for each epoch that was sealed, with hashes over its rows and
-- the seals of its log and partition so far. Whoever keeps the last seal elsewhere can tell that a sealed row was changed.
--
-- number: the position of the epoch among the sealed ones of its log and partition; seals are chained in this order. 0
-- for an open epoch, which may still grow and is not in the chain.
-- next_offset: how far the epoch was counted when it was sealed.
-- ORDER BY the epoch: sealing it again (it has grown, or its costs were computed again) replaces its row.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.seals ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', sealed_at)
ORDER BY (log, partition, epoch_first_offset)
SETTINGS replicated_deduplication_window = 0;

-- 0021_bytes_in_views
-- Purpose: bytes as Int64 in the views that people read: few tools know Int128, and some get it as text.
--
-- Tables keep Int128, in which no sum of sizes overflows. A value that Int64 cannot hold (from 9.2 exabytes on) is an
-- error of the view, and never another number.
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(request_bytes, 'Int64') AS request_bytes,
    accurateCast(response_bytes, 'Int64') AS response_bytes
)
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    argMaxIf(usage.consumer_username, (hour, usage.consumer_username), usage.consumer_username != '') AS consumer_username,
    argMaxIf(usage.consumer_custom_id, (hour, usage.consumer_custom_id), usage.consumer_custom_id != '') AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    accurateCast(sum(usage.request_bytes), 'Int64') AS request_bytes,
    accurateCast(sum(usage.response_bytes), 'Int64') AS response_bytes
FROM `gatemeter`.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` AS
SELECT * REPLACE (accurateCast(response_bytes, 'Int64') AS response_bytes)
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.stream_sessions ON CLUSTER `main` AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(received_bytes, 'Int64') AS received_bytes,
    accurateCast(sent_bytes, 'Int64') AS sent_bytes,
    accurateCast(upstream_received_bytes, 'Int64') AS upstream_received_bytes,
    accurateCast(upstream_sent_bytes, 'Int64') AS upstream_sent_bytes
)
FROM `gatemeter`.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0022_unkeyed_messages
-- Purpose: how many messages of each epoch have no key. A copy of such a message may be in another partition of its topic,
-- where it is counted again. Of epochs that were counted before nothing is known, which is stored as 0.
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS unkeyed Int64 CODEC(ZSTD);

-- 0023_dead_letter_originals
-- Purpose: of a dead letter only a mask is kept in clear, and its original is kept encrypted for some time.
--
-- key_id, original: what only holders of the key read; both are empty where no original is kept.
-- CODEC(NONE): what is encrypted does not compress, and it was compressed before.
-- stored_at: the server fills it in; it is no value of the log, and nothing but the TTL reads it. Another number of days
-- is set with `gatemeter migrate --keep-originals-days`.
-- The texts that are stored already went through a list of words that was never complete, and there is nothing to
-- encrypt them with: they are masked, and only their sizes stay.
ALTER TABLE `gatemeter`.dead_letters ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS is_masked UInt8 CODEC(ZSTD) AFTER raw_size_bytes,
    ADD COLUMN IF NOT EXISTS key_id String CODEC(ZSTD) AFTER is_masked,
    ADD COLUMN IF NOT EXISTS stored_at DateTime('UTC') MATERIALIZED now() CODEC(ZSTD) AFTER key_id;
ALTER TABLE `gatemeter`.dead_letters ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS original String CODEC(NONE) TTL stored_at + INTERVAL 90 DAY AFTER stored_at;
ALTER TABLE `gatemeter`.dead_letters ON CLUSTER `main`
    UPDATE raw = concat('(text, ', toString(raw_size_bytes), ' bytes)'), is_masked = 1
    WHERE NOT is_masked AND raw != ''
    SETTINGS mutations_sync = 2;
CREATE OR REPLACE VIEW `gatemeter`.dead_letter_list ON CLUSTER `main` AS
SELECT
    topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes,
    is_masked, key_id, original
FROM `gatemeter`.dead_letters FINAL;

-- 0024_agent_error_classes
-- Purpose: the errors of agents are stored as a class and a code. Texts that are stored already, which may quote
-- anything, become '(text removed)'.
--
-- `error` is part of the key, so no row can be changed in place: of the rows of an epoch that differ in their text alone
-- one is made, with all that they hold, and then they are deleted. No worker may run meanwhile.
-- A run that died is repeated as a whole: a row that was made already is not made again, for by then some of the rows
-- that it stands for may be gone.
INSERT INTO `gatemeter`.agentic_usage_hourly
SETTINGS max_partitions_per_insert_block = 0
SELECT
    usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
    usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
    usage.task_state, '(text removed)',
    usage.log, usage.partition, usage.epoch_first_offset, max(usage.version),
    sum(usage.calls), sum(usage.errors), sum(usage.response_bytes),
    sum(usage.latency_call_count), sum(usage.latency_call_sum_ns),
    minIf(usage.latency_call_min_ns, usage.latency_call_count > 0),
    maxIf(usage.latency_call_max_ns, usage.latency_call_count > 0),
    tupleElement(sumMap(usage.latency_call_buckets, usage.latency_call_bucket_counts), 1),
    tupleElement(sumMap(usage.latency_call_buckets, usage.latency_call_bucket_counts), 2),
    arraySort(groupUniqArrayArray(usage.session_hashes))
FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
WHERE usage.error NOT IN ('', '(text removed)')
    AND (
        usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
        usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
        usage.task_state, usage.log, usage.partition, usage.epoch_first_offset
    ) NOT IN
    (
        SELECT
            hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
            workspace, kind, method, tool, task_state, log, partition, epoch_first_offset
        FROM `gatemeter`.agentic_usage_hourly
        WHERE error = '(text removed)'
    )
GROUP BY
    usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
    usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
    usage.task_state, usage.log, usage.partition, usage.epoch_first_offset;
ALTER TABLE `gatemeter`.agentic_usage_hourly ON CLUSTER `main`
    DELETE WHERE error NOT IN ('', '(text removed)')
    SETTINGS mutations_sync = 2;

-- 0025_correction_hash
-- Purpose: a hash over the row that says why an event is retracted. The reason is in no log, so that nothing but the row
-- itself can tell that it was edited. Empty for what was booked before.
ALTER TABLE `gatemeter`.corrections ON CLUSTER `main` ADD COLUMN IF NOT EXISTS row_hash String CODEC(ZSTD);

-- 0026_earliest_start
-- Purpose: of two recorded starts of a partition the earlier one stays. What lies between them was to be counted, and is
-- lost: with the later one in its place nothing would tell of it.
--
-- version: -first_offset. A version column cannot be changed in place, so the table is made anew. A run that died at any
-- statement is repeated as a whole: the rows are in one of the two tables all the time, in the old shape or in this one.
-- Read without FINAL, for rows that are replaced by a later start may still be there. No worker may run meanwhile.
-- ORDER BY: one row a partition. Not partitioned: a few rows a log.
-- Deduplication of equal inserts is off, for the reason given in 0001.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
CREATE TABLE IF NOT EXISTS `gatemeter`.counting_starts ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.moved_counting_starts ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition)
SETTINGS replicated_deduplication_window = 0;
INSERT INTO `gatemeter`.moved_counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, -abs(version), abs(version), topic, reason, recorded_at
FROM `gatemeter`.counting_starts;
DROP TABLE IF EXISTS `gatemeter`.counting_starts ON CLUSTER `main` SYNC;
CREATE TABLE IF NOT EXISTS `gatemeter`.counting_starts ON CLUSTER `main`
(
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    first_offset Int64 CODEC(ZSTD),
    topic String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    recorded_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (log, partition)
SETTINGS replicated_deduplication_window = 0;
INSERT INTO `gatemeter`.counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, version, first_offset, topic, reason, recorded_at
FROM `gatemeter`.moved_counting_starts;
DROP TABLE IF EXISTS `gatemeter`.moved_counting_starts ON CLUSTER `main` SYNC;

-- 0027_progress_of_older_epochs
-- Purpose: the progress of partitions that were counted before it was recorded (0019), as the epoch ledger has it now.
-- An epoch that is complete is never written again, so nothing else would ever record how far it reaches.
--
-- When a partition was stored last, and why its counting began behind the first offset, the ledger does not say: the
-- times are 0, and the reason is 'unrecorded'. A start that is recorded stays, also where the epochs begin behind it.
INSERT INTO `gatemeter`.counted_ends
    (log, partition, version, topic, log_kind, counted_at)
SELECT log, partition, next_offset, topic, log_kind, toDateTime64(0, 3, 'UTC')
FROM
(
    SELECT log, partition, max(ledger.version) AS next_offset, any(ledger.topic) AS topic,
        any(ledger.log_kind) AS log_kind
    FROM `gatemeter`.epoch_ledger AS ledger FINAL
    WHERE ledger.log_kind IN ('kafka', 'file')
    GROUP BY log, partition
)
WHERE (log, partition, next_offset) NOT IN (SELECT log, partition, version FROM `gatemeter`.counted_ends);
INSERT INTO `gatemeter`.counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, -first_counted, first_counted, topic, 'unrecorded', toDateTime64(0, 3, 'UTC')
FROM
(
    SELECT log, partition, min(ledger.epoch_first_offset) AS first_counted, any(ledger.topic) AS topic
    FROM `gatemeter`.epoch_ledger AS ledger FINAL
    WHERE ledger.log_kind IN ('kafka', 'file')
    GROUP BY log, partition
)
WHERE first_counted > 0 AND (log, partition) NOT IN (SELECT log, partition FROM `gatemeter`.counting_starts);

-- 0028_seal_recipe
-- Purpose: by which recipe the hashes of a seal were made (`gatemeter.verification.seal_recipe`): a later recipe covers
-- more columns. 0 for seals from before, whose hashes nothing makes any more: these epochs are sealed again.
ALTER TABLE `gatemeter`.seals ON CLUSTER `main` ADD COLUMN IF NOT EXISTS recipe UInt16 CODEC(ZSTD);

-- 0029_units_and_modifiers
-- Purpose: what the cost of a call can further depend on: modifiers of a price, units other than tokens, units that no
-- rule knows, the rule that divided the tokens, both statuses; the currency of each amount, and what is missing for a
-- cost to be computed.
--
-- ClickHouse takes new columns into a sorting key only at its end, and only without a default: rows that were stored
-- before have '' there, and 0 for the statuses, which no status has. Before, `cost_reported` was only what was spent,
-- so `cost_reported_spend` of those rows is the same amount.
ALTER TABLE `gatemeter`.llm_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS modifiers String CODEC(ZSTD) AFTER token_classes,
    ADD COLUMN IF NOT EXISTS unknown_units String CODEC(ZSTD) AFTER modifiers,
    ADD COLUMN IF NOT EXISTS counting_rule String CODEC(ZSTD) AFTER unknown_units,
    ADD COLUMN IF NOT EXISTS cost_reported_currency String CODEC(ZSTD) AFTER counting_rule,
    ADD COLUMN IF NOT EXISTS client_status Int64 CODEC(ZSTD) AFTER cost_reported_currency,
    ADD COLUMN IF NOT EXISTS provider_status Int64 CODEC(ZSTD) AFTER client_status,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, plugin_name, plugin_id, provider, request_model, response_model, cache_status, outcome,
        embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
        embeddings_evidence, token_classes, log, partition, epoch_first_offset, modifiers, unknown_units,
        counting_rule, cost_reported_currency, client_status, provider_status
    );
ALTER TABLE `gatemeter`.llm_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS cached_audio_tokens Int128 CODEC(ZSTD) AFTER plain_output_tokens,
    ADD COLUMN IF NOT EXISTS image_input_tokens Int128 CODEC(ZSTD) AFTER cached_audio_tokens,
    ADD COLUMN IF NOT EXISTS cached_image_tokens Int128 CODEC(ZSTD) AFTER image_input_tokens,
    ADD COLUMN IF NOT EXISTS video_input_tokens Int128 CODEC(ZSTD) AFTER cached_image_tokens,
    ADD COLUMN IF NOT EXISTS cached_video_tokens Int128 CODEC(ZSTD) AFTER video_input_tokens,
    ADD COLUMN IF NOT EXISTS image_output_tokens Int128 CODEC(ZSTD) AFTER cached_video_tokens,
    ADD COLUMN IF NOT EXISTS video_output_tokens Int128 CODEC(ZSTD) AFTER image_output_tokens,
    ADD COLUMN IF NOT EXISTS citation_tokens Int128 CODEC(ZSTD) AFTER video_output_tokens,
    ADD COLUMN IF NOT EXISTS web_searches Int128 CODEC(ZSTD) AFTER citation_tokens,
    ADD COLUMN IF NOT EXISTS social_searches Int128 CODEC(ZSTD) AFTER web_searches,
    ADD COLUMN IF NOT EXISTS file_searches Int128 CODEC(ZSTD) AFTER social_searches,
    ADD COLUMN IF NOT EXISTS rerank_searches Int128 CODEC(ZSTD) AFTER file_searches,
    ADD COLUMN IF NOT EXISTS code_executions Int128 CODEC(ZSTD) AFTER rerank_searches,
    ADD COLUMN IF NOT EXISTS code_execution_ms Int128 CODEC(ZSTD) AFTER code_executions,
    ADD COLUMN IF NOT EXISTS images Int128 CODEC(ZSTD) AFTER code_execution_ms,
    ADD COLUMN IF NOT EXISTS pages Int128 CODEC(ZSTD) AFTER images,
    ADD COLUMN IF NOT EXISTS annotated_pages Int128 CODEC(ZSTD) AFTER pages,
    ADD COLUMN IF NOT EXISTS characters Int128 CODEC(ZSTD) AFTER annotated_pages,
    ADD COLUMN IF NOT EXISTS audio_input_ms Int128 CODEC(ZSTD) AFTER characters,
    ADD COLUMN IF NOT EXISTS audio_output_ms Int128 CODEC(ZSTD) AFTER audio_input_ms,
    ADD COLUMN IF NOT EXISTS video_output_ms Int128 CODEC(ZSTD) AFTER audio_output_ms,
    ADD COLUMN IF NOT EXISTS cost_reported_spend Decimal(38, 24) DEFAULT cost_reported CODEC(ZSTD) AFTER cost_reported,
    ADD COLUMN IF NOT EXISTS cost_currency String CODEC(ZSTD) AFTER price_version,
    ADD COLUMN IF NOT EXISTS cost_gaps String CODEC(ZSTD) AFTER cost_currency;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage ON CLUSTER `main` AS
SELECT * REPLACE (
    if(client_status < 100, NULL, client_status) AS client_status,
    if(provider_status < 100, NULL, provider_status) AS provider_status
)
FROM `gatemeter`.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs ON CLUSTER `main` AS
SELECT
    usage.hour AS hour,
    usage.consumer_id AS consumer_id,
    usage.consumer_username AS consumer_username,
    usage.consumer_custom_id AS consumer_custom_id,
    usage.service_name AS service_name,
    usage.route_name AS route_name,
    usage.workspace AS workspace,
    usage.plugin_name AS plugin_name,
    usage.provider AS provider,
    usage.request_model AS request_model,
    usage.response_model AS response_model,
    priced.1 AS evidence,
    priced.2 AS price_version,
    priced.3 AS currency,
    sum(priced.4) AS calls,
    sum(toDecimal256(priced.5, 24)) AS cost
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN [
    (
        'reported', 'gateway', usage.cost_reported_currency, usage.calls - usage.calls_without_reported_cost,
        usage.cost_reported_spend
    ),
    (
        usage.cost_evidence, usage.price_version, usage.cost_currency, usage.calls - toInt128(usage.unpriced_calls),
        usage.cost_computed
    )
] AS priced
-- An event that only completes another one's call has a cost and no call.
WHERE usage.outcome IN ('provider', 'blocked', 'unknown') AND priced.1 != 'unpriced' AND (priced.4 != 0 OR priced.5 != 0)
GROUP BY
    hour, consumer_id, consumer_username, consumer_custom_id, service_name, route_name, workspace, plugin_name,
    provider, request_model, response_model, evidence, price_version, currency
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0030_identities
-- Purpose: how copies of an epoch's events are known: by ids, positions or content (`gatemeter.events.identity`). Empty
-- for what was counted before; those were ids of the gateway, or the text of events without one.
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS identities String CODEC(ZSTD) AFTER unkeyed;

-- 0031_teams
-- Purpose: the team and the organisation that a caller belongs to, where an event tells them.
--
-- ClickHouse takes new columns into a sorting key only at its end, and only without a default: rows that were stored
-- before have '' there.
ALTER TABLE `gatemeter`.api_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS team String CODEC(ZSTD) AFTER workspace,
    ADD COLUMN IF NOT EXISTS organisation String CODEC(ZSTD) AFTER team,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, method, status, source, log, partition, epoch_first_offset, team, organisation
    );
ALTER TABLE `gatemeter`.llm_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS team String CODEC(ZSTD) AFTER workspace,
    ADD COLUMN IF NOT EXISTS organisation String CODEC(ZSTD) AFTER team,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, plugin_name, plugin_id, provider, request_model, response_model, cache_status, outcome,
        embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
        embeddings_evidence, token_classes, log, partition, epoch_first_offset, modifiers, unknown_units,
        counting_rule, cost_reported_currency, client_status, provider_status, team, organisation
    );
ALTER TABLE `gatemeter`.agentic_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS team String CODEC(ZSTD) AFTER workspace,
    ADD COLUMN IF NOT EXISTS organisation String CODEC(ZSTD) AFTER team,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset, team, organisation
    );
ALTER TABLE `gatemeter`.stream_sessions_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS team String CODEC(ZSTD) AFTER workspace,
    ADD COLUMN IF NOT EXISTS organisation String CODEC(ZSTD) AFTER team,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, status, log, partition, epoch_first_offset, team, organisation
    );
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(request_bytes, 'Int64') AS request_bytes,
    accurateCast(response_bytes, 'Int64') AS response_bytes
)
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` AS
SELECT * REPLACE (accurateCast(response_bytes, 'Int64') AS response_bytes)
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.stream_sessions ON CLUSTER `main` AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(received_bytes, 'Int64') AS received_bytes,
    accurateCast(sent_bytes, 'Int64') AS sent_bytes,
    accurateCast(upstream_received_bytes, 'Int64') AS upstream_received_bytes,
    accurateCast(upstream_sent_bytes, 'Int64') AS upstream_sent_bytes
)
FROM `gatemeter`.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage ON CLUSTER `main` AS
SELECT * REPLACE (
    if(client_status < 100, NULL, client_status) AS client_status,
    if(provider_status < 100, NULL, provider_status) AS provider_status
)
FROM `gatemeter`.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0032_size_kinds
-- Purpose: what the bytes of a row are: 'wire' (with headers), 'body', 'unknown' where the log tells no size, and '' where
-- the sender does not say which. Rows that were stored before have '' there.
ALTER TABLE `gatemeter`.api_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS request_bytes_kind String CODEC(ZSTD) AFTER source,
    ADD COLUMN IF NOT EXISTS response_bytes_kind String CODEC(ZSTD) AFTER request_bytes_kind,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, method, status, source, log, partition, epoch_first_offset, team, organisation,
        request_bytes_kind, response_bytes_kind
    );
ALTER TABLE `gatemeter`.agentic_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS response_bytes_kind String CODEC(ZSTD) AFTER error,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset, team, organisation,
        response_bytes_kind
    );
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    if(request_bytes_kind = 'unknown', NULL, accurateCast(request_bytes, 'Int64')) AS request_bytes,
    if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes
)
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    argMaxIf(usage.consumer_username, (hour, usage.consumer_username), usage.consumer_username != '') AS consumer_username,
    argMaxIf(usage.consumer_custom_id, (hour, usage.consumer_custom_id), usage.consumer_custom_id != '') AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(usage.requests, usage.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        accurateCast(sum(usage.request_bytes), 'Int64')
    ) AS request_bytes,
    if(
        sumIf(usage.requests, usage.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        accurateCast(sum(usage.response_bytes), 'Int64')
    ) AS response_bytes,
    sumIf(usage.requests, usage.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(usage.requests, usage.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ) AS request_bytes_kind,
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ) AS response_bytes_kind
FROM `gatemeter`.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` AS
SELECT * REPLACE (if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes)
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0033_meter_usage_hourly
-- Purpose: custom meters per hour: what users declare to be counted of events, and in the account of each epoch how many
-- events they took.
--
-- Rows, versions, ORDER BY, PRIMARY KEY, PARTITION BY and deduplication are those of 0001.
-- declaration: a hash of what was declared, so that two declarations of one name are never added up.
-- value_scaled: the sum of the values times 10 to the power of decimals. distinct_hashes: distinct values are counted with
-- uniqExactArray over any set of rows; the values themselves are not kept.
CREATE TABLE IF NOT EXISTS `gatemeter`.meter_usage_hourly ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, epoch_first_offset
)
SETTINGS replicated_deduplication_window = 0;
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS meter_events Int64 CODEC(ZSTD) AFTER identities,
    ADD COLUMN IF NOT EXISTS metered_other Int64 CODEC(ZSTD) AFTER meter_events;
CREATE VIEW IF NOT EXISTS `gatemeter`.meter_usage ON CLUSTER `main` AS
SELECT
    *,
    divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9) AS value
FROM `gatemeter`.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0034_slimmed
-- Purpose: by which counting rules an epoch's events were cut before they were sent (`gatemeter.formats.slimming`), a
-- line for each. Empty for events that came whole, and for what was counted before.
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main` ADD COLUMN IF NOT EXISTS slimmed String CODEC(ZSTD) AFTER identities;

-- 0035_positions_of_dead_letters
-- Purpose: where the lines of a dead letter stood in what they were read from, as their sender told
-- (`gatemeter.wire.source_positions`), so that a replay knows copies of events without an id. '' where nobody told, and for
-- what was stored before.
ALTER TABLE `gatemeter`.dead_letters ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS source_positions String CODEC(ZSTD) AFTER is_masked;
CREATE OR REPLACE VIEW `gatemeter`.dead_letter_list ON CLUSTER `main` AS
SELECT
    topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes,
    is_masked, key_id, original, source_positions
FROM `gatemeter`.dead_letters FINAL;

-- 0036_unknown_meter_values
-- Purpose: `meter_usage` shows NULL, not 0, where a row has no value: where no event told a usable one, and where values
-- are only told apart, which uniqExactArray(distinct_hashes) counts.
CREATE OR REPLACE VIEW `gatemeter`.meter_usage ON CLUSTER `main` AS
SELECT
    *,
    if(
        aggregation = 'sum' AND events != without_value + refused,
        divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9),
        NULL
    ) AS value
FROM `gatemeter`.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0037_analyst_views
-- Purpose: views for people who write SQL. The same thing has the same name in each, what is not known is NULL, calls of
-- nobody are those of `anonymous`, and whoever may read a view need not be allowed to read the tables under it.
--
-- `llm_costs`, where one column held what gateways reported and what the price book says, is `llm_costs_reported` and
-- `llm_costs_computed`; `llm_usage` has no amounts.
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    if(usage.latency_request_count > 0, usage.latency_request_min_ns / 1e6, NULL) AS latency_request_min_ms,
    if(usage.latency_request_count > 0, usage.latency_request_max_ns / 1e6, NULL) AS latency_request_max_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_min_ns / 1e6, NULL) AS latency_upstream_min_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_max_ns / 1e6, NULL) AS latency_upstream_max_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_min_ns / 1e6, NULL) AS latency_gateway_min_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_max_ns / 1e6, NULL) AS latency_gateway_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_request_buckets AS latency_request_buckets,
    usage.latency_request_bucket_counts AS latency_request_bucket_counts,
    usage.latency_upstream_buckets AS latency_upstream_buckets,
    usage.latency_upstream_bucket_counts AS latency_upstream_bucket_counts,
    usage.latency_gateway_buckets AS latency_gateway_buckets,
    usage.latency_gateway_bucket_counts AS latency_gateway_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.api_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    if(usage.provider_status < 100, NULL, usage.provider_status) AS provider_status,
    nullIf(usage.embeddings_provider, '') AS embeddings_provider,
    nullIf(usage.embeddings_model, '') AS embeddings_model,
    nullIf(usage.service_tier, '') AS service_tier,
    usage.context_above_tokens AS context_above_tokens,
    nullIf(usage.tokens_evidence, '') AS tokens_evidence,
    nullIf(usage.embeddings_evidence, '') AS embeddings_evidence,
    nullIf(usage.token_classes, '') AS token_classes,
    nullIf(usage.modifiers, '') AS modifiers,
    nullIf(usage.unknown_units, '') AS unknown_units,
    nullIf(usage.counting_rule, '') AS counting_rule,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    if(usage.latency_llm_count > 0, usage.latency_llm_min_ns / 1e6, NULL) AS latency_llm_min_ms,
    if(usage.latency_llm_count > 0, usage.latency_llm_max_ns / 1e6, NULL) AS latency_llm_max_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    if(usage.latency_time_per_token_count > 0, usage.latency_time_per_token_min_ns / 1e6, NULL) AS latency_time_per_token_min_ms,
    if(usage.latency_time_per_token_count > 0, usage.latency_time_per_token_max_ns / 1e6, NULL) AS latency_time_per_token_max_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    if(usage.latency_time_to_first_token_count > 0, usage.latency_time_to_first_token_min_ns / 1e6, NULL) AS latency_time_to_first_token_min_ms,
    if(usage.latency_time_to_first_token_count > 0, usage.latency_time_to_first_token_max_ns / 1e6, NULL) AS latency_time_to_first_token_max_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    if(usage.latency_embeddings_count > 0, usage.latency_embeddings_min_ns / 1e6, NULL) AS latency_embeddings_min_ms,
    if(usage.latency_embeddings_count > 0, usage.latency_embeddings_max_ns / 1e6, NULL) AS latency_embeddings_max_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms,
    if(usage.latency_cache_fetch_count > 0, usage.latency_cache_fetch_min_ns / 1e6, NULL) AS latency_cache_fetch_min_ms,
    if(usage.latency_cache_fetch_count > 0, usage.latency_cache_fetch_max_ns / 1e6, NULL) AS latency_cache_fetch_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    nullIf(usage.plugin_id, '') AS plugin_id,
    nullIf(usage.plugin_name, '') AS plugin_name,
    usage.latency_llm_buckets AS latency_llm_buckets,
    usage.latency_llm_bucket_counts AS latency_llm_bucket_counts,
    usage.latency_time_per_token_buckets AS latency_time_per_token_buckets,
    usage.latency_time_per_token_bucket_counts AS latency_time_per_token_bucket_counts,
    usage.latency_time_to_first_token_buckets AS latency_time_to_first_token_buckets,
    usage.latency_time_to_first_token_bucket_counts AS latency_time_to_first_token_bucket_counts,
    usage.latency_embeddings_buckets AS latency_embeddings_buckets,
    usage.latency_embeddings_bucket_counts AS latency_embeddings_bucket_counts,
    usage.latency_cache_fetch_buckets AS latency_cache_fetch_buckets,
    usage.latency_cache_fetch_bucket_counts AS latency_cache_fetch_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_computed ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence = 'unpriced' AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
-- Without the rows of calls that cost nothing and saved nothing.
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_reported ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
-- Without the rows of calls for which no provider was paid.
WHERE usage.outcome IN ('provider', 'blocked', 'unknown') OR usage.cost_reported_spend != 0 OR usage.cost_savings_reported != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    if(usage.latency_call_count > 0, usage.latency_call_min_ns / 1e6, NULL) AS latency_call_min_ms,
    if(usage.latency_call_count > 0, usage.latency_call_max_ns / 1e6, NULL) AS latency_call_max_ms,
    usage.session_hashes AS session_hashes,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_call_buckets AS latency_call_buckets,
    usage.latency_call_bucket_counts AS latency_call_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.stream_sessions ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    usage.sessions AS sessions,
    accurateCast(usage.received_bytes, 'Int64') AS received_bytes,
    accurateCast(usage.sent_bytes, 'Int64') AS sent_bytes,
    accurateCast(usage.upstream_received_bytes, 'Int64') AS upstream_received_bytes,
    accurateCast(usage.upstream_sent_bytes, 'Int64') AS upstream_sent_bytes,
    usage.latency_session_count AS latency_session_count,
    toFloat64(usage.latency_session_sum_ns) / 1e6 AS latency_session_sum_ms,
    if(usage.latency_session_count > 0, usage.latency_session_min_ns / 1e6, NULL) AS latency_session_min_ms,
    if(usage.latency_session_count > 0, usage.latency_session_max_ns / 1e6, NULL) AS latency_session_max_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_min_ns / 1e6, NULL) AS latency_gateway_min_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_max_ns / 1e6, NULL) AS latency_gateway_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_session_buckets AS latency_session_buckets,
    usage.latency_session_bucket_counts AS latency_session_bucket_counts,
    usage.latency_gateway_buckets AS latency_gateway_buckets,
    usage.latency_gateway_bucket_counts AS latency_gateway_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.stream_sessions_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.meter_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.meter AS meter,
    usage.declaration AS declaration,
    nullIf(usage.unit, '') AS unit,
    usage.aggregation AS aggregation,
    nullIf(usage.group_names, '') AS group_names,
    nullIf(usage.group_1, '') AS group_1,
    nullIf(usage.group_2, '') AS group_2,
    nullIf(usage.group_3, '') AS group_3,
    nullIf(usage.group_4, '') AS group_4,
    usage.events AS events,
    accurateCast(usage.without_value, 'Int64') AS events_without_value,
    accurateCast(usage.refused, 'Int64') AS events_with_refused_value,
    if(
        usage.aggregation = 'sum' AND usage.events != usage.without_value + usage.refused,
        divideDecimal(toDecimal256(usage.value_scaled, 0), toDecimal256(intExp10(usage.decimals), 0), 9),
        NULL
    ) AS value,
    usage.distinct_hashes AS distinct_hashes,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.meter_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(argMaxIf(usage.consumer_username, (hour, usage.consumer_username), usage.consumer_username != ''), '')
        AS consumer_username,
    nullIf(argMaxIf(usage.consumer_custom_id, (hour, usage.consumer_custom_id), usage.consumer_custom_id != ''), '')
        AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(usage.requests, usage.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        accurateCast(sum(usage.request_bytes), 'Int64')
    ) AS request_bytes,
    if(
        sumIf(usage.requests, usage.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        accurateCast(sum(usage.response_bytes), 'Int64')
    ) AS response_bytes,
    sumIf(usage.requests, usage.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(usage.requests, usage.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS request_bytes_kind,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS response_bytes_kind
FROM `gatemeter`.api_usage_hourly AS usage FINAL
GROUP BY period, usage.consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.license_monthly ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    formatDateTime(counted.month, '%Y-%m', 'UTC') AS period,
    nullIf(counted.workspace, '') AS workspace,
    nullIf(counted.source, '') AS source,
    sum(counted.requests) AS requests
FROM `gatemeter`.monthly_requests AS counted FINAL
GROUP BY period, counted.workspace, counted.source;
CREATE VIEW IF NOT EXISTS `gatemeter`.dead_letter_reasons ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw_size_bytes
FROM `gatemeter`.dead_letters FINAL;
CREATE OR REPLACE VIEW `gatemeter`.conservation ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    topic,
    log,
    any(ledger.log_kind) AS log_kind,
    count() AS epochs,
    sum(ledger.consumed) AS consumed,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters,
    sum(ledger.other_kind) AS other_kind,
    -- Epoch by epoch: errors that cancel each other out are errors all the same.
    toBool(min(
        ledger.consumed = ledger.counted + ledger.duplicates + ledger.dead_letters + ledger.other_kind
    )) AS holds
FROM `gatemeter`.epoch_ledger AS ledger FINAL
GROUP BY topic, log;
DROP VIEW IF EXISTS `gatemeter`.llm_costs ON CLUSTER `main` SYNC;

-- 0038_latency_views
-- Purpose: views of latencies. In `api_latency`, `llm_latency` and `agentic_latency` a row is a bucket of a sketch (see
-- `gatemeter.metering.sketch`) with its count, so that ClickHouse's own functions tell a percentile of any group. `weight`
-- is the count in the type that they take, in which counts that are taken back wrap around: they cancel each other out.
-- A function of our own would belong to the whole server, and would take rights that go beyond this database.
--
-- In `..._latency_by_day` the percentiles are there already, for one group.
CREATE VIEW IF NOT EXISTS `gatemeter`.api_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'request' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_request_buckets AS bucket, usage.latency_request_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'upstream' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_upstream_buckets AS bucket, usage.latency_upstream_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'gateway' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_gateway_buckets AS bucket, usage.latency_gateway_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'llm' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_llm_buckets AS bucket, usage.latency_llm_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'time_per_token' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_time_per_token_buckets AS bucket, usage.latency_time_per_token_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'time_to_first_token' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_time_to_first_token_buckets AS bucket, usage.latency_time_to_first_token_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'embeddings' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_embeddings_buckets AS bucket, usage.latency_embeddings_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'cache_fetch' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_cache_fetch_buckets AS bucket, usage.latency_cache_fetch_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    'call' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_call_buckets AS bucket, usage.latency_call_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.api_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    service,
    route,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
        coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.api_usage_hourly AS usage FINAL
    ARRAY JOIN [
        (
            'request', usage.latency_request_count, usage.latency_request_sum_ns, usage.latency_request_min_ns, usage.latency_request_max_ns,
            usage.latency_request_buckets, usage.latency_request_bucket_counts
        ),
        (
            'upstream', usage.latency_upstream_count, usage.latency_upstream_sum_ns, usage.latency_upstream_min_ns, usage.latency_upstream_max_ns,
            usage.latency_upstream_buckets, usage.latency_upstream_bucket_counts
        ),
        (
            'gateway', usage.latency_gateway_count, usage.latency_gateway_sum_ns, usage.latency_gateway_min_ns, usage.latency_gateway_max_ns,
            usage.latency_gateway_buckets, usage.latency_gateway_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, service, route, latency
    HAVING measured_count != 0
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    provider,
    request_model,
    response_model,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        nullIf(usage.provider, '') AS provider,
        nullIf(usage.request_model, '') AS request_model,
        nullIf(usage.response_model, '') AS response_model,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.llm_usage_hourly AS usage FINAL
    ARRAY JOIN [
        (
            'llm', usage.latency_llm_count, usage.latency_llm_sum_ns, usage.latency_llm_min_ns, usage.latency_llm_max_ns,
            usage.latency_llm_buckets, usage.latency_llm_bucket_counts
        ),
        (
            'time_per_token', usage.latency_time_per_token_count, usage.latency_time_per_token_sum_ns, usage.latency_time_per_token_min_ns, usage.latency_time_per_token_max_ns,
            usage.latency_time_per_token_buckets, usage.latency_time_per_token_bucket_counts
        ),
        (
            'time_to_first_token', usage.latency_time_to_first_token_count, usage.latency_time_to_first_token_sum_ns, usage.latency_time_to_first_token_min_ns, usage.latency_time_to_first_token_max_ns,
            usage.latency_time_to_first_token_buckets, usage.latency_time_to_first_token_bucket_counts
        ),
        (
            'embeddings', usage.latency_embeddings_count, usage.latency_embeddings_sum_ns, usage.latency_embeddings_min_ns, usage.latency_embeddings_max_ns,
            usage.latency_embeddings_buckets, usage.latency_embeddings_bucket_counts
        ),
        (
            'cache_fetch', usage.latency_cache_fetch_count, usage.latency_cache_fetch_sum_ns, usage.latency_cache_fetch_min_ns, usage.latency_cache_fetch_max_ns,
            usage.latency_cache_fetch_buckets, usage.latency_cache_fetch_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, provider, request_model, response_model, latency
    HAVING measured_count != 0
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    kind,
    tool,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        usage.kind AS kind,
        nullIf(usage.tool, '') AS tool,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
    ARRAY JOIN [
        (
            'call', usage.latency_call_count, usage.latency_call_sum_ns, usage.latency_call_min_ns, usage.latency_call_max_ns,
            usage.latency_call_buckets, usage.latency_call_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, kind, tool, latency
    HAVING measured_count != 0
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0039_size_sketches
-- Purpose: percentiles of sizes: of the bytes of requests and answers the count, the extremes and a sketch, beside the sums
-- that there are. A sketch is the one of latencies (gatemeter.metering.sketch), of whole bytes.
--
-- A count is 0 where the log tells no size, and in rows that were stored before: these have sums alone, and whoever asks
-- for a percentile is told how many requests it does not hold.
ALTER TABLE `gatemeter`.api_usage_hourly ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS request_size_count Int64 CODEC(ZSTD) AFTER latency_gateway_bucket_counts,
    ADD COLUMN IF NOT EXISTS request_size_min_bytes Int64 CODEC(ZSTD) AFTER request_size_count,
    ADD COLUMN IF NOT EXISTS request_size_max_bytes Int64 CODEC(ZSTD) AFTER request_size_min_bytes,
    ADD COLUMN IF NOT EXISTS request_size_buckets Array(UInt16) CODEC(ZSTD) AFTER request_size_max_bytes,
    ADD COLUMN IF NOT EXISTS request_size_bucket_counts Array(Int64) CODEC(ZSTD) AFTER request_size_buckets,
    ADD COLUMN IF NOT EXISTS response_size_count Int64 CODEC(ZSTD) AFTER request_size_bucket_counts,
    ADD COLUMN IF NOT EXISTS response_size_min_bytes Int64 CODEC(ZSTD) AFTER response_size_count,
    ADD COLUMN IF NOT EXISTS response_size_max_bytes Int64 CODEC(ZSTD) AFTER response_size_min_bytes,
    ADD COLUMN IF NOT EXISTS response_size_buckets Array(UInt16) CODEC(ZSTD) AFTER response_size_max_bytes,
    ADD COLUMN IF NOT EXISTS response_size_bucket_counts Array(Int64) CODEC(ZSTD) AFTER response_size_buckets;

-- 0040_sizes_and_unspent_costs
-- Purpose: `api_size`, sizes of requests and answers as `api_latency` has latencies: a row is a bucket of a sketch. And a
-- cost is NULL in `llm_costs_computed` also where nothing was spent, so that a sum over calls without a price and answers from
-- a cache is not 0.
CREATE VIEW IF NOT EXISTS `gatemeter`.api_size ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'request' AS size,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS size_kind,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1)) AS size_bytes,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.request_size_buckets AS bucket, usage.request_size_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'response' AS size,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS size_kind,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1)) AS size_bytes,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.response_size_buckets AS bucket, usage.response_size_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_computed ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
-- Without the rows of calls that cost nothing and saved nothing.
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0041_rungs
-- Purpose: rungs above the hours: usage added up per UTC day and month (`gatemeter.settling`, docs/adr/0017), so that
-- answers do not slow down with the log.
--
-- A row adds up the rows of one key in all hours and epochs of a unit: a day (month) of a log's partition. `hour` is the
-- first hour of the unit, `last_hour` the last one that the row adds up. Labels of amounts, as the currency, are in the
-- key. Rows are never changed. Those of an attempt that was killed or repeated stay until they are deleted, and nobody
-- reads them: `settled_units` names the one attempt (`settling`) whose rows are to be read.
--
-- usage_touches: grows whenever rows of an hour are about to be written, and with them. A settled unit holds while the
-- sum of its touches is the one that `settled_units` has.
--
-- ORDER BY: the hour first, because every question is of a span of time; the consumer next, as in 0001. `settling` is the
-- last: rows of several attempts stand beside each other. No row replaces another one, so reading needs no FINAL.
-- PARTITION BY: days by their month, months by their year.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.usage_touches ON CLUSTER `main`
(
    table LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    touches SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD),
    touched_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) MATERIALIZED now64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (table, hour, log, partition)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.settled_units ON CLUSTER `main`
(
    rung LowCardinality(String),
    table LowCardinality(String),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    unit DateTime('UTC') CODEC(Delta, ZSTD),
    settling UInt128 CODEC(ZSTD),
    touches UInt64 CODEC(ZSTD),
    rows UInt64 CODEC(ZSTD),
    settled_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', settling)
ORDER BY (rung, table, log, partition, unit)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.api_usage_daily ON CLUSTER `main`
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
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    request_bytes_kind String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    requests Int64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_upstream_count Int64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD),
    request_size_count Int64 CODEC(ZSTD),
    request_size_min_bytes Int64 CODEC(ZSTD),
    request_size_max_bytes Int64 CODEC(ZSTD),
    request_size_buckets Array(UInt16) CODEC(ZSTD),
    request_size_bucket_counts Array(Int64) CODEC(ZSTD),
    response_size_count Int64 CODEC(ZSTD),
    response_size_min_bytes Int64 CODEC(ZSTD),
    response_size_max_bytes Int64 CODEC(ZSTD),
    response_size_buckets Array(UInt16) CODEC(ZSTD),
    response_size_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.api_usage_monthly ON CLUSTER `main`
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
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    request_bytes_kind String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    requests Int64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_upstream_count Int64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD),
    request_size_count Int64 CODEC(ZSTD),
    request_size_min_bytes Int64 CODEC(ZSTD),
    request_size_max_bytes Int64 CODEC(ZSTD),
    request_size_buckets Array(UInt16) CODEC(ZSTD),
    request_size_bucket_counts Array(Int64) CODEC(ZSTD),
    response_size_count Int64 CODEC(ZSTD),
    response_size_min_bytes Int64 CODEC(ZSTD),
    response_size_max_bytes Int64 CODEC(ZSTD),
    response_size_buckets Array(UInt16) CODEC(ZSTD),
    response_size_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.llm_usage_daily ON CLUSTER `main`
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
    plugin_name String CODEC(ZSTD),
    plugin_id String CODEC(ZSTD),
    provider String CODEC(ZSTD),
    request_model String CODEC(ZSTD),
    response_model String CODEC(ZSTD),
    cache_status String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    embeddings_provider String CODEC(ZSTD),
    embeddings_model String CODEC(ZSTD),
    service_tier String CODEC(ZSTD),
    context_above_tokens UInt32 CODEC(ZSTD),
    tokens_evidence String CODEC(ZSTD),
    embeddings_evidence String CODEC(ZSTD),
    token_classes String CODEC(ZSTD),
    modifiers String CODEC(ZSTD),
    unknown_units String CODEC(ZSTD),
    counting_rule String CODEC(ZSTD),
    cost_reported_currency String CODEC(ZSTD),
    client_status Int64 CODEC(ZSTD),
    provider_status Int64 CODEC(ZSTD),
    cost_evidence String CODEC(ZSTD),
    price_version String CODEC(ZSTD),
    cost_currency String CODEC(ZSTD),
    cost_gaps String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int128 CODEC(ZSTD),
    answers Int128 CODEC(ZSTD),
    prompt_tokens Int128 CODEC(ZSTD),
    completion_tokens Int128 CODEC(ZSTD),
    total_tokens Int128 CODEC(ZSTD),
    cached_tokens Int128 CODEC(ZSTD),
    cache_write_tokens Int128 CODEC(ZSTD),
    cache_write_1h_tokens Int128 CODEC(ZSTD),
    reasoning_tokens Int128 CODEC(ZSTD),
    audio_input_tokens Int128 CODEC(ZSTD),
    audio_output_tokens Int128 CODEC(ZSTD),
    fresh_input_tokens Int128 CODEC(ZSTD),
    plain_output_tokens Int128 CODEC(ZSTD),
    cached_audio_tokens Int128 CODEC(ZSTD),
    image_input_tokens Int128 CODEC(ZSTD),
    cached_image_tokens Int128 CODEC(ZSTD),
    video_input_tokens Int128 CODEC(ZSTD),
    cached_video_tokens Int128 CODEC(ZSTD),
    image_output_tokens Int128 CODEC(ZSTD),
    video_output_tokens Int128 CODEC(ZSTD),
    citation_tokens Int128 CODEC(ZSTD),
    web_searches Int128 CODEC(ZSTD),
    social_searches Int128 CODEC(ZSTD),
    file_searches Int128 CODEC(ZSTD),
    rerank_searches Int128 CODEC(ZSTD),
    code_executions Int128 CODEC(ZSTD),
    code_execution_ms Int128 CODEC(ZSTD),
    images Int128 CODEC(ZSTD),
    pages Int128 CODEC(ZSTD),
    annotated_pages Int128 CODEC(ZSTD),
    characters Int128 CODEC(ZSTD),
    audio_input_ms Int128 CODEC(ZSTD),
    audio_output_ms Int128 CODEC(ZSTD),
    video_output_ms Int128 CODEC(ZSTD),
    embeddings_tokens Int128 CODEC(ZSTD),
    calls_without_reported_cost Int128 CODEC(ZSTD),
    latency_llm_count Int64 CODEC(ZSTD),
    latency_llm_sum_ns Int128 CODEC(ZSTD),
    latency_llm_min_ns Int64 CODEC(ZSTD),
    latency_llm_max_ns Int64 CODEC(ZSTD),
    latency_llm_buckets Array(UInt16) CODEC(ZSTD),
    latency_llm_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_per_token_count Int64 CODEC(ZSTD),
    latency_time_per_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_per_token_min_ns Int64 CODEC(ZSTD),
    latency_time_per_token_max_ns Int64 CODEC(ZSTD),
    latency_time_per_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_per_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_to_first_token_count Int64 CODEC(ZSTD),
    latency_time_to_first_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_to_first_token_min_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_max_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_to_first_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_embeddings_count Int64 CODEC(ZSTD),
    latency_embeddings_sum_ns Int128 CODEC(ZSTD),
    latency_embeddings_min_ns Int64 CODEC(ZSTD),
    latency_embeddings_max_ns Int64 CODEC(ZSTD),
    latency_embeddings_buckets Array(UInt16) CODEC(ZSTD),
    latency_embeddings_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_cache_fetch_count Int64 CODEC(ZSTD),
    latency_cache_fetch_sum_ns Int128 CODEC(ZSTD),
    latency_cache_fetch_min_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_max_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_buckets Array(UInt16) CODEC(ZSTD),
    latency_cache_fetch_bucket_counts Array(Int64) CODEC(ZSTD),
    cost_reported Decimal(76, 24) CODEC(ZSTD),
    cost_reported_spend Decimal(76, 24) CODEC(ZSTD),
    cost_savings_reported Decimal(76, 24) CODEC(ZSTD),
    cost_computed Decimal(76, 24) CODEC(ZSTD),
    embeddings_cost Decimal(76, 24) CODEC(ZSTD),
    cost_savings Decimal(76, 24) CODEC(ZSTD),
    unpriced_calls Int64 CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.llm_usage_monthly ON CLUSTER `main`
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
    plugin_name String CODEC(ZSTD),
    plugin_id String CODEC(ZSTD),
    provider String CODEC(ZSTD),
    request_model String CODEC(ZSTD),
    response_model String CODEC(ZSTD),
    cache_status String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    embeddings_provider String CODEC(ZSTD),
    embeddings_model String CODEC(ZSTD),
    service_tier String CODEC(ZSTD),
    context_above_tokens UInt32 CODEC(ZSTD),
    tokens_evidence String CODEC(ZSTD),
    embeddings_evidence String CODEC(ZSTD),
    token_classes String CODEC(ZSTD),
    modifiers String CODEC(ZSTD),
    unknown_units String CODEC(ZSTD),
    counting_rule String CODEC(ZSTD),
    cost_reported_currency String CODEC(ZSTD),
    client_status Int64 CODEC(ZSTD),
    provider_status Int64 CODEC(ZSTD),
    cost_evidence String CODEC(ZSTD),
    price_version String CODEC(ZSTD),
    cost_currency String CODEC(ZSTD),
    cost_gaps String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int128 CODEC(ZSTD),
    answers Int128 CODEC(ZSTD),
    prompt_tokens Int128 CODEC(ZSTD),
    completion_tokens Int128 CODEC(ZSTD),
    total_tokens Int128 CODEC(ZSTD),
    cached_tokens Int128 CODEC(ZSTD),
    cache_write_tokens Int128 CODEC(ZSTD),
    cache_write_1h_tokens Int128 CODEC(ZSTD),
    reasoning_tokens Int128 CODEC(ZSTD),
    audio_input_tokens Int128 CODEC(ZSTD),
    audio_output_tokens Int128 CODEC(ZSTD),
    fresh_input_tokens Int128 CODEC(ZSTD),
    plain_output_tokens Int128 CODEC(ZSTD),
    cached_audio_tokens Int128 CODEC(ZSTD),
    image_input_tokens Int128 CODEC(ZSTD),
    cached_image_tokens Int128 CODEC(ZSTD),
    video_input_tokens Int128 CODEC(ZSTD),
    cached_video_tokens Int128 CODEC(ZSTD),
    image_output_tokens Int128 CODEC(ZSTD),
    video_output_tokens Int128 CODEC(ZSTD),
    citation_tokens Int128 CODEC(ZSTD),
    web_searches Int128 CODEC(ZSTD),
    social_searches Int128 CODEC(ZSTD),
    file_searches Int128 CODEC(ZSTD),
    rerank_searches Int128 CODEC(ZSTD),
    code_executions Int128 CODEC(ZSTD),
    code_execution_ms Int128 CODEC(ZSTD),
    images Int128 CODEC(ZSTD),
    pages Int128 CODEC(ZSTD),
    annotated_pages Int128 CODEC(ZSTD),
    characters Int128 CODEC(ZSTD),
    audio_input_ms Int128 CODEC(ZSTD),
    audio_output_ms Int128 CODEC(ZSTD),
    video_output_ms Int128 CODEC(ZSTD),
    embeddings_tokens Int128 CODEC(ZSTD),
    calls_without_reported_cost Int128 CODEC(ZSTD),
    latency_llm_count Int64 CODEC(ZSTD),
    latency_llm_sum_ns Int128 CODEC(ZSTD),
    latency_llm_min_ns Int64 CODEC(ZSTD),
    latency_llm_max_ns Int64 CODEC(ZSTD),
    latency_llm_buckets Array(UInt16) CODEC(ZSTD),
    latency_llm_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_per_token_count Int64 CODEC(ZSTD),
    latency_time_per_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_per_token_min_ns Int64 CODEC(ZSTD),
    latency_time_per_token_max_ns Int64 CODEC(ZSTD),
    latency_time_per_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_per_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_to_first_token_count Int64 CODEC(ZSTD),
    latency_time_to_first_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_to_first_token_min_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_max_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_to_first_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_embeddings_count Int64 CODEC(ZSTD),
    latency_embeddings_sum_ns Int128 CODEC(ZSTD),
    latency_embeddings_min_ns Int64 CODEC(ZSTD),
    latency_embeddings_max_ns Int64 CODEC(ZSTD),
    latency_embeddings_buckets Array(UInt16) CODEC(ZSTD),
    latency_embeddings_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_cache_fetch_count Int64 CODEC(ZSTD),
    latency_cache_fetch_sum_ns Int128 CODEC(ZSTD),
    latency_cache_fetch_min_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_max_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_buckets Array(UInt16) CODEC(ZSTD),
    latency_cache_fetch_bucket_counts Array(Int64) CODEC(ZSTD),
    cost_reported Decimal(76, 24) CODEC(ZSTD),
    cost_reported_spend Decimal(76, 24) CODEC(ZSTD),
    cost_savings_reported Decimal(76, 24) CODEC(ZSTD),
    cost_computed Decimal(76, 24) CODEC(ZSTD),
    embeddings_cost Decimal(76, 24) CODEC(ZSTD),
    cost_savings Decimal(76, 24) CODEC(ZSTD),
    unpriced_calls Int64 CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.agentic_usage_daily ON CLUSTER `main`
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
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count Int64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(Int64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.agentic_usage_monthly ON CLUSTER `main`
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
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count Int64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(Int64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.stream_sessions_daily ON CLUSTER `main`
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
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    sessions Int64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count Int64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.stream_sessions_monthly ON CLUSTER `main`
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
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    sessions Int64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count Int64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.meter_usage_daily ON CLUSTER `main`
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
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    events Int64 CODEC(ZSTD),
    value_scaled Int128 CODEC(ZSTD),
    without_value Int128 CODEC(ZSTD),
    refused Int128 CODEC(ZSTD),
    distinct_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.meter_usage_monthly ON CLUSTER `main`
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
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    events Int64 CODEC(ZSTD),
    value_scaled Int128 CODEC(ZSTD),
    without_value Int128 CODEC(ZSTD),
    refused Int128 CODEC(ZSTD),
    distinct_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, settling
)
SETTINGS replicated_deduplication_window = 0;
CREATE MATERIALIZED VIEW IF NOT EXISTS `gatemeter`.api_usage_touches ON CLUSTER `main` TO `gatemeter`.usage_touches AS
SELECT 'api_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM `gatemeter`.api_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS `gatemeter`.llm_usage_touches ON CLUSTER `main` TO `gatemeter`.usage_touches AS
SELECT 'llm_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM `gatemeter`.llm_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS `gatemeter`.agentic_usage_touches ON CLUSTER `main` TO `gatemeter`.usage_touches AS
SELECT 'agentic_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM `gatemeter`.agentic_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS `gatemeter`.stream_sessions_touches ON CLUSTER `main` TO `gatemeter`.usage_touches AS
SELECT 'stream_sessions_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM `gatemeter`.stream_sessions_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS `gatemeter`.meter_usage_touches ON CLUSTER `main` TO `gatemeter`.usage_touches AS
SELECT 'meter_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM `gatemeter`.meter_usage_hourly
GROUP BY hour, log, partition;
INSERT INTO `gatemeter`.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'api_usage_hourly', hour, log, partition, 1
FROM `gatemeter`.api_usage_hourly
WHERE ('api_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM `gatemeter`.usage_touches
);
INSERT INTO `gatemeter`.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'llm_usage_hourly', hour, log, partition, 1
FROM `gatemeter`.llm_usage_hourly
WHERE ('llm_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM `gatemeter`.usage_touches
);
INSERT INTO `gatemeter`.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'agentic_usage_hourly', hour, log, partition, 1
FROM `gatemeter`.agentic_usage_hourly
WHERE ('agentic_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM `gatemeter`.usage_touches
);
INSERT INTO `gatemeter`.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'stream_sessions_hourly', hour, log, partition, 1
FROM `gatemeter`.stream_sessions_hourly
WHERE ('stream_sessions_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM `gatemeter`.usage_touches
);
INSERT INTO `gatemeter`.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'meter_usage_hourly', hour, log, partition, 1
FROM `gatemeter`.meter_usage_hourly
WHERE ('meter_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM `gatemeter`.usage_touches
);

-- 0042_rung_views
-- Purpose: which units of usage are settled, and usage per hour, day and month with each unit read once, from the
-- highest rung that is settled: `_by_day` from days, else hours; `_by_month` from months, else days, else hours.
--
-- All have the same columns; `hour` is the first hour of what a row adds up. Rows are to be added up: a key has a row for
-- each log, partition, and (per hour) epoch.
-- The units are asked once for a query, as one value (`units`): were they asked for each rung, a unit that is touched
-- meanwhile could be read from two rungs or none.
CREATE VIEW IF NOT EXISTS `gatemeter`.settled_usage ON CLUSTER `main` AS
SELECT
    table,
    log,
    partition,
    each.1 AS day,
    each.2 AS touches,
    each.3 AS touched_at,
    if(each.4 = each.2, each.5, 0) AS day_settling,
    if(month_recorded = month_touches, settling_of_month, 0) AS month_settling
FROM
(
    SELECT
        table,
        log,
        partition,
        groupArrayIf((day, day_touches, day_touched_at, day_recorded, settling_of_day), day_touches > 0) AS days,
        sum(day_touches) AS month_touches,
        max(recorded_of_month) AS month_recorded,
        max(settling_of_month) AS settling_of_month
    FROM
    (
        SELECT
            table,
            log,
            partition,
            day,
            sum(touches) AS day_touches,
            max(touched_at) AS day_touched_at,
            max(recorded) AS day_recorded,
            max(settling) AS settling_of_day,
            max(recorded_month) AS recorded_of_month,
            max(settling_month) AS settling_of_month
        FROM
        (
            SELECT
                table, log, partition, toStartOfDay(hour, 'UTC') AS day, sum(touches) AS touches,
                max(touched_at) AS touched_at, 0 AS recorded, 0 AS settling, 0 AS recorded_month, 0 AS settling_month
            FROM `gatemeter`.usage_touches
            GROUP BY table, log, partition, day
            UNION ALL
            SELECT
                table, log, partition, unit, 0, toDateTime64(0, 3, 'UTC'), if(rung = 'day', touches, 0),
                if(rung = 'day', settling, 0), if(rung = 'month', touches, 0), if(rung = 'month', settling, 0)
            FROM `gatemeter`.settled_units FINAL
        )
        GROUP BY table, log, partition, day
    )
    GROUP BY table, log, partition, toStartOfMonth(day, 'UTC')
)
ARRAY JOIN days AS each;
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_by_hour ON CLUSTER `main` AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    hour AS last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_by_day ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'api_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_by_month ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'api_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_daily
WHERE hour IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
    AND settling IN
    (
        SELECT unit.4
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    last_hour, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
    latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
    latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
    latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count, latency_gateway_sum_ns,
    latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts,
    request_size_count, request_size_min_bytes, request_size_max_bytes, request_size_buckets,
    request_size_bucket_counts, response_size_count, response_size_min_bytes, response_size_max_bytes,
    response_size_buckets, response_size_bucket_counts
FROM `gatemeter`.api_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage_by_hour ON CLUSTER `main` AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    hour AS last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens,
    cache_write_tokens, cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens,
    fresh_input_tokens, plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens,
    video_input_tokens, cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens,
    web_searches, social_searches, file_searches, rerank_searches, code_executions, code_execution_ms, images,
    pages, annotated_pages, characters, audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens,
    calls_without_reported_cost, latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns,
    latency_llm_buckets, latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, toDecimal256(cost_reported, 24) AS cost_reported,
    toDecimal256(cost_reported_spend, 24) AS cost_reported_spend,
    toDecimal256(cost_savings_reported, 24) AS cost_savings_reported,
    toDecimal256(cost_computed, 24) AS cost_computed, toDecimal256(embeddings_cost, 24) AS embeddings_cost,
    toDecimal256(cost_savings, 24) AS cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage_by_day ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'llm_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens,
    cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, fresh_input_tokens,
    plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens, video_input_tokens,
    cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens, web_searches, social_searches,
    file_searches, rerank_searches, code_executions, code_execution_ms, images, pages, annotated_pages, characters,
    audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens, calls_without_reported_cost,
    latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets,
    latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, cost_reported, cost_reported_spend, cost_savings_reported, cost_computed,
    embeddings_cost, cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens,
    cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, fresh_input_tokens,
    plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens, video_input_tokens,
    cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens, web_searches, social_searches,
    file_searches, rerank_searches, code_executions, code_execution_ms, images, pages, annotated_pages, characters,
    audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens, calls_without_reported_cost,
    latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets,
    latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, cost_reported, cost_reported_spend, cost_savings_reported, cost_computed,
    embeddings_cost, cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage_by_month ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'llm_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens,
    cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, fresh_input_tokens,
    plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens, video_input_tokens,
    cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens, web_searches, social_searches,
    file_searches, rerank_searches, code_executions, code_execution_ms, images, pages, annotated_pages, characters,
    audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens, calls_without_reported_cost,
    latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets,
    latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, cost_reported, cost_reported_spend, cost_savings_reported, cost_computed,
    embeddings_cost, cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens,
    cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, fresh_input_tokens,
    plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens, video_input_tokens,
    cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens, web_searches, social_searches,
    file_searches, rerank_searches, code_executions, code_execution_ms, images, pages, annotated_pages, characters,
    audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens, calls_without_reported_cost,
    latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets,
    latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, cost_reported, cost_reported_spend, cost_savings_reported, cost_computed,
    embeddings_cost, cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_daily
WHERE hour IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
    AND settling IN
    (
        SELECT unit.4
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition,
    last_hour, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens,
    cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, fresh_input_tokens,
    plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens, video_input_tokens,
    cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens, web_searches, social_searches,
    file_searches, rerank_searches, code_executions, code_execution_ms, images, pages, annotated_pages, characters,
    audio_input_ms, audio_output_ms, video_output_ms, embeddings_tokens, calls_without_reported_cost,
    latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets,
    latency_llm_bucket_counts, latency_time_per_token_count, latency_time_per_token_sum_ns,
    latency_time_per_token_min_ns, latency_time_per_token_max_ns, latency_time_per_token_buckets,
    latency_time_per_token_bucket_counts, latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
    latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns, latency_time_to_first_token_buckets,
    latency_time_to_first_token_bucket_counts, latency_embeddings_count, latency_embeddings_sum_ns,
    latency_embeddings_min_ns, latency_embeddings_max_ns, latency_embeddings_buckets,
    latency_embeddings_bucket_counts, latency_cache_fetch_count, latency_cache_fetch_sum_ns,
    latency_cache_fetch_min_ns, latency_cache_fetch_max_ns, latency_cache_fetch_buckets,
    latency_cache_fetch_bucket_counts, cost_reported, cost_reported_spend, cost_savings_reported, cost_computed,
    embeddings_cost, cost_savings, unpriced_calls
FROM `gatemeter`.llm_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage_by_hour ON CLUSTER `main` AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    hour AS last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage_by_day ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'agentic_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage_by_month ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'agentic_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_daily
WHERE hour IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
    AND settling IN
    (
        SELECT unit.4
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM `gatemeter`.agentic_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.stream_sessions_by_hour ON CLUSTER `main` AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, hour AS last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.stream_sessions_by_day ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'stream_sessions_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.stream_sessions_by_month ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'stream_sessions_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_daily
WHERE hour IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
    AND settling IN
    (
        SELECT unit.4
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM `gatemeter`.stream_sessions_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.meter_usage_by_hour ON CLUSTER `main` AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, hour AS last_hour, events, value_scaled, without_value, refused,
    distinct_hashes
FROM `gatemeter`.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS `gatemeter`.meter_usage_by_day ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'meter_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM `gatemeter`.meter_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM `gatemeter`.meter_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.4 = 0
    );
CREATE VIEW IF NOT EXISTS `gatemeter`.meter_usage_by_month ON CLUSTER `main` AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM `gatemeter`.settled_usage
        WHERE table = 'meter_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM `gatemeter`.meter_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM `gatemeter`.meter_usage_daily
WHERE hour IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
    AND settling IN
    (
        SELECT unit.4
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 != 0
    )
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM `gatemeter`.meter_usage_by_hour
WHERE toStartOfDay(hour, 'UTC') IN
    (
        SELECT unit.3
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    )
    AND (log, partition, toStartOfDay(hour, 'UTC')) IN
    (
        SELECT (unit.1, unit.2, unit.3)
        FROM (SELECT arrayJoin(units) AS unit)
        WHERE unit.5 = 0 AND unit.4 = 0
    );

-- 0043_usage_codecs
-- Purpose: rows of API usage on a quarter less of disk, read with a third less of CPU time, and inserted with no more.
--
-- No value changes: what is written or merged from now on is compressed in another way, and parts that are there are read
-- as before.
-- Measured on a day of a month of a billion events (python -m benchmarks.scale): texts repeat over more rows than ZSTD looks
-- back at level 1. Gateways log latencies in whole milliseconds, stored as ns: GCD divides by what all have in common, and
-- finds 1 for those that log less. T64 leaves out the bits that no count of a block has. Sums of bytes stay as they are:
-- they are larger at level 3.
ALTER TABLE `gatemeter`.api_usage_hourly ON CLUSTER `main`
    MODIFY COLUMN consumer_id CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_username CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_custom_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_name CODEC(ZSTD(3)),
    MODIFY COLUMN route_id CODEC(ZSTD(3)),
    MODIFY COLUMN route_name CODEC(ZSTD(3)),
    MODIFY COLUMN workspace CODEC(ZSTD(3)),
    MODIFY COLUMN team CODEC(ZSTD(3)),
    MODIFY COLUMN organisation CODEC(ZSTD(3)),
    MODIFY COLUMN method CODEC(ZSTD(3)),
    MODIFY COLUMN status CODEC(T64, ZSTD),
    MODIFY COLUMN source CODEC(ZSTD(3)),
    MODIFY COLUMN request_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN response_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN log CODEC(ZSTD(3)),
    MODIFY COLUMN epoch_first_offset CODEC(ZSTD(3)),
    MODIFY COLUMN version CODEC(ZSTD(3)),
    MODIFY COLUMN requests CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_request_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_upstream_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_gateway_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_bucket_counts CODEC(ZSTD(3));
ALTER TABLE `gatemeter`.api_usage_daily ON CLUSTER `main`
    MODIFY COLUMN consumer_id CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_username CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_custom_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_name CODEC(ZSTD(3)),
    MODIFY COLUMN route_id CODEC(ZSTD(3)),
    MODIFY COLUMN route_name CODEC(ZSTD(3)),
    MODIFY COLUMN workspace CODEC(ZSTD(3)),
    MODIFY COLUMN team CODEC(ZSTD(3)),
    MODIFY COLUMN organisation CODEC(ZSTD(3)),
    MODIFY COLUMN method CODEC(ZSTD(3)),
    MODIFY COLUMN status CODEC(T64, ZSTD),
    MODIFY COLUMN source CODEC(ZSTD(3)),
    MODIFY COLUMN request_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN response_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN log CODEC(ZSTD(3)),
    MODIFY COLUMN requests CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_request_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_upstream_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_gateway_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_bucket_counts CODEC(ZSTD(3));
ALTER TABLE `gatemeter`.api_usage_monthly ON CLUSTER `main`
    MODIFY COLUMN consumer_id CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_username CODEC(ZSTD(3)),
    MODIFY COLUMN consumer_custom_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_id CODEC(ZSTD(3)),
    MODIFY COLUMN service_name CODEC(ZSTD(3)),
    MODIFY COLUMN route_id CODEC(ZSTD(3)),
    MODIFY COLUMN route_name CODEC(ZSTD(3)),
    MODIFY COLUMN workspace CODEC(ZSTD(3)),
    MODIFY COLUMN team CODEC(ZSTD(3)),
    MODIFY COLUMN organisation CODEC(ZSTD(3)),
    MODIFY COLUMN method CODEC(ZSTD(3)),
    MODIFY COLUMN status CODEC(T64, ZSTD),
    MODIFY COLUMN source CODEC(ZSTD(3)),
    MODIFY COLUMN request_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN response_bytes_kind CODEC(ZSTD(3)),
    MODIFY COLUMN log CODEC(ZSTD(3)),
    MODIFY COLUMN requests CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_request_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_request_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_request_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_upstream_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_upstream_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_upstream_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_count CODEC(T64, ZSTD),
    MODIFY COLUMN latency_gateway_sum_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_min_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_max_ns CODEC(GCD, ZSTD),
    MODIFY COLUMN latency_gateway_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN latency_gateway_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN request_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN request_size_bucket_counts CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_count CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_min_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_max_bytes CODEC(T64, ZSTD),
    MODIFY COLUMN response_size_buckets CODEC(ZSTD(3)),
    MODIFY COLUMN response_size_bucket_counts CODEC(ZSTD(3));

-- 0044_views_by_day_and_month
-- Purpose: the views of usage by day and by month, with the columns of those by hour but for latencies' extremes, sketches
-- and where a row was counted from. Settled days and months are read where they are added up already (see the rung views).
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms
FROM `gatemeter`.api_usage_by_day AS usage;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms
FROM `gatemeter`.llm_usage_by_day AS usage;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_computed_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_by_day AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_reported_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_by_day AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    usage.session_hashes AS session_hashes
FROM `gatemeter`.agentic_usage_by_day AS usage;
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms
FROM `gatemeter`.api_usage_by_month AS usage;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms
FROM `gatemeter`.llm_usage_by_month AS usage;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_computed_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_by_month AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_costs_reported_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_by_month AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    usage.session_hashes AS session_hashes
FROM `gatemeter`.agentic_usage_by_month AS usage;

-- 0045_bills_of_months
-- Purpose: the views of bills, and of percentiles by day, are read from months and days where these are settled.
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    nullIf(
        argMaxIf(usage.consumer_username, (usage.last_hour, usage.consumer_username), usage.consumer_username != ''), ''
    )
        AS consumer_username,
    nullIf(
        argMaxIf(usage.consumer_custom_id, (usage.last_hour, usage.consumer_custom_id), usage.consumer_custom_id != ''), ''
    )
        AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(usage.requests, usage.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        accurateCast(sum(usage.request_bytes), 'Int64')
    ) AS request_bytes,
    if(
        sumIf(usage.requests, usage.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        accurateCast(sum(usage.response_bytes), 'Int64')
    ) AS response_bytes,
    sumIf(usage.requests, usage.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(usage.requests, usage.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS request_bytes_kind,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS response_bytes_kind
FROM `gatemeter`.api_usage_by_month AS usage
GROUP BY period, usage.consumer_id;
CREATE OR REPLACE VIEW `gatemeter`.api_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    service,
    route,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
        coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.api_usage_by_day AS usage
    ARRAY JOIN [
        (
            'request', usage.latency_request_count, usage.latency_request_sum_ns, usage.latency_request_min_ns, usage.latency_request_max_ns,
            usage.latency_request_buckets, usage.latency_request_bucket_counts
        ),
        (
            'upstream', usage.latency_upstream_count, usage.latency_upstream_sum_ns, usage.latency_upstream_min_ns, usage.latency_upstream_max_ns,
            usage.latency_upstream_buckets, usage.latency_upstream_bucket_counts
        ),
        (
            'gateway', usage.latency_gateway_count, usage.latency_gateway_sum_ns, usage.latency_gateway_min_ns, usage.latency_gateway_max_ns,
            usage.latency_gateway_buckets, usage.latency_gateway_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, service, route, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.llm_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    provider,
    request_model,
    response_model,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        nullIf(usage.provider, '') AS provider,
        nullIf(usage.request_model, '') AS request_model,
        nullIf(usage.response_model, '') AS response_model,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.llm_usage_by_day AS usage
    ARRAY JOIN [
        (
            'llm', usage.latency_llm_count, usage.latency_llm_sum_ns, usage.latency_llm_min_ns, usage.latency_llm_max_ns,
            usage.latency_llm_buckets, usage.latency_llm_bucket_counts
        ),
        (
            'time_per_token', usage.latency_time_per_token_count, usage.latency_time_per_token_sum_ns, usage.latency_time_per_token_min_ns, usage.latency_time_per_token_max_ns,
            usage.latency_time_per_token_buckets, usage.latency_time_per_token_bucket_counts
        ),
        (
            'time_to_first_token', usage.latency_time_to_first_token_count, usage.latency_time_to_first_token_sum_ns, usage.latency_time_to_first_token_min_ns, usage.latency_time_to_first_token_max_ns,
            usage.latency_time_to_first_token_buckets, usage.latency_time_to_first_token_bucket_counts
        ),
        (
            'embeddings', usage.latency_embeddings_count, usage.latency_embeddings_sum_ns, usage.latency_embeddings_min_ns, usage.latency_embeddings_max_ns,
            usage.latency_embeddings_buckets, usage.latency_embeddings_bucket_counts
        ),
        (
            'cache_fetch', usage.latency_cache_fetch_count, usage.latency_cache_fetch_sum_ns, usage.latency_cache_fetch_min_ns, usage.latency_cache_fetch_max_ns,
            usage.latency_cache_fetch_buckets, usage.latency_cache_fetch_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, provider, request_model, response_model, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.agentic_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    kind,
    tool,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        usage.kind AS kind,
        nullIf(usage.tool, '') AS tool,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.agentic_usage_by_day AS usage
    ARRAY JOIN [
        (
            'call', usage.latency_call_count, usage.latency_call_sum_ns, usage.latency_call_min_ns, usage.latency_call_max_ns,
            usage.latency_call_buckets, usage.latency_call_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, kind, tool, latency
    HAVING measured_count != 0
);

-- 0046_inventory
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
CREATE TABLE IF NOT EXISTS `gatemeter`.inventory_entities ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (control_plane_id, kind, set_id, entity_id)
SETTINGS replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS `gatemeter`.inventory_snapshots ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', offset)
ORDER BY (control_plane_id, taken_at, snapshot_id)
SETTINGS replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS `gatemeter`.inventory_dead_letters ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (log, partition, offset)
SETTINGS replicated_deduplication_window = 0;

-- 0047_inventory_views
-- Purpose: views of the inventory for people who write SQL: what is configured now, and counts over time.
--
-- A number that nobody knows is NULL or has no row, never 0: `completeness` says why (`gatemeter inventory show`).
CREATE OR REPLACE VIEW `gatemeter`.inventory ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at
FROM `gatemeter`.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        told.1 AS taken_at,
        control_plane_id,
        told.2 AS control_plane_name,
        told.3 AS source,
        told.4 AS snapshot_id,
        kind,
        told.5 AS completeness,
        told.6 AS set_id
    FROM
    (
        SELECT
            control_plane_id,
            each.1 AS kind,
            -- The newest snapshot that lists entities of this kind.
            max((taken_at, control_plane_name, source, snapshot_id, each.2, each.3)) AS told
        FROM `gatemeter`.inventory_snapshots AS stored FINAL
        ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS each
        WHERE each.3 != ''
        GROUP BY control_plane_id, kind
    )
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;
CREATE OR REPLACE VIEW `gatemeter`.inventory_history ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at
FROM `gatemeter`.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        taken_at,
        control_plane_id,
        control_plane_name,
        source,
        snapshot_id,
        told.1 AS kind,
        told.2 AS completeness,
        told.3 AS set_id
    FROM `gatemeter`.inventory_snapshots AS stored FINAL
    ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS told
    WHERE told.3 != ''
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;
CREATE OR REPLACE VIEW `gatemeter`.inventory_counts ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    nullIf(control_plane_name, '') AS control_plane,
    source,
    snapshot_id,
    nullIf(stored.gateway_version, '') AS gateway_version,
    nullIf(stored.deployment, '') AS deployment,
    told.1 AS kind,
    told.2 AS completeness,
    if(told.2 = 'partial', NULL, told.3) AS entities,
    if(told.2 = 'partial', told.3, NULL) AS at_least
FROM `gatemeter`.inventory_snapshots AS stored FINAL
ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.counts) AS told;
CREATE OR REPLACE VIEW `gatemeter`.inventory_routes ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    history.taken_at AS taken_at,
    history.control_plane_id AS control_plane_id,
    history.control_plane AS control_plane,
    history.source AS source,
    told.completeness AS completeness,
    if(history.kind = 'service', history.id, history.service_id) AS service_id,
    max(if(history.kind = 'service', history.name, history.service_name)) AS service_name,
    if(told.completeness = 'complete', countIf(history.kind = 'route'), NULL) AS routes,
    if(told.completeness = 'complete', NULL, countIf(history.kind = 'route')) AS at_least
FROM `gatemeter`.inventory_history AS history
INNER JOIN `gatemeter`.inventory_counts AS told
    ON history.control_plane_id = told.control_plane_id AND history.snapshot_id = told.snapshot_id
WHERE history.kind IN ('route', 'service') AND told.kind = 'route'
GROUP BY history.taken_at, history.control_plane_id, history.control_plane, history.source, told.completeness, service_id;
CREATE OR REPLACE VIEW `gatemeter`.inventory_plugins ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    name AS plugin,
    plugin_tier,
    plugin_scope,
    count() AS plugins,
    countIf(is_enabled = 0) AS disabled
FROM `gatemeter`.inventory_history
WHERE kind = 'plugin'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, plugin, plugin_tier, plugin_scope
UNION ALL
SELECT
    taken_at,
    control_plane_id,
    nullIf(control_plane_name, '') AS control_plane,
    source,
    'counted' AS completeness,
    nullIf(told.2, '') AS plugin,
    nullIf(told.1, '') AS plugin_tier,
    NULL AS plugin_scope,
    toUInt64(told.3) AS plugins,
    NULL AS disabled
FROM `gatemeter`.inventory_snapshots AS stored FINAL
ARRAY JOIN stored.reported_plugins AS told
WHERE stored.source = 'license_report';
CREATE OR REPLACE VIEW `gatemeter`.inventory_consumers ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    realm,
    count() AS consumers
FROM `gatemeter`.inventory_history
WHERE kind = 'consumer'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, realm;
CREATE OR REPLACE VIEW `gatemeter`.inventory_nodes ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    gateway_version,
    role,
    count() AS nodes,
    max(last_seen) AS last_seen
FROM `gatemeter`.inventory_history
WHERE kind = 'node'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, gateway_version, role;

-- 0048_gateway_comparisons
-- Purpose: what `gatemeter verify --against` found: a gateway's own counts beside ours, one row for each count. Rows are
-- added and never changed: a bill can be held against what was known when it was made.
--
-- `position` is a row's place among those of its comparison: the sum of a counter and month (service '') comes before
-- its services. gap_least and gap_most are NULL where no bound is known.
-- ORDER BY the moment and the place, in which rows are read. Not partitioned: a comparison has some dozens of rows.
CREATE TABLE IF NOT EXISTS `gatemeter`.gateway_comparisons ON CLUSTER `main`
(
    compared_at DateTime64(3, 'UTC') CODEC(ZSTD),
    position UInt32 CODEC(ZSTD),
    month String CODEC(ZSTD),
    counted_from Nullable(DateTime('UTC')) CODEC(ZSTD),
    counted_to DateTime('UTC') CODEC(ZSTD),
    counter String CODEC(ZSTD),
    service String CODEC(ZSTD),
    gateway_requests UInt64 CODEC(ZSTD),
    counted_least Int64 CODEC(ZSTD),
    counted_most Int64 CODEC(ZSTD),
    dead_letters_most UInt64 CODEC(ZSTD),
    gap_least Nullable(Int64) CODEC(ZSTD),
    gap_most Nullable(Int64) CODEC(ZSTD),
    restarts UInt32 CODEC(ZSTD),
    cause String CODEC(ZSTD),
    reason String CODEC(ZSTD),
    is_finding UInt8 CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (compared_at, position)
SETTINGS replicated_deduplication_window = 0;

-- 0049_imported_usage
-- Purpose: usage that another system has counted (`gatemeter billable import`), apart from all that gatemeter counts.
--
-- ORDER BY: who says it, of which period and consumer: the same row of a file that is imported again replaces itself.
-- is_deleted: a source that is forgotten is taken back by rows of a higher version.
-- Not partitioned: a row a month and consumer.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.imported_usage ON CLUSTER `main`
(
    source String CODEC(ZSTD),
    period_kind String CODEC(ZSTD),
    period String CODEC(ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    version Int64 CODEC(ZSTD),
    is_deleted UInt8 CODEC(ZSTD),
    requests Int64 CODEC(ZSTD),
    status_1xx Nullable(Int64) CODEC(ZSTD),
    status_2xx Nullable(Int64) CODEC(ZSTD),
    status_3xx Nullable(Int64) CODEC(ZSTD),
    status_4xx Nullable(Int64) CODEC(ZSTD),
    status_5xx Nullable(Int64) CODEC(ZSTD),
    status_unknown Nullable(Int64) CODEC(ZSTD),
    file String CODEC(ZSTD),
    file_sha256 String CODEC(ZSTD),
    line UInt32 CODEC(ZSTD),
    imported_at DateTime64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (source, period_kind, period, consumer_id, consumer_username, consumer_custom_id)
SETTINGS replicated_deduplication_window = 0;
CREATE OR REPLACE VIEW `gatemeter`.imported_billable ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    imported.source AS source,
    imported.period_kind AS period_kind,
    imported.period AS period,
    nullIf(imported.consumer_id, '') AS consumer_id,
    nullIf(imported.consumer_username, '') AS consumer_username,
    nullIf(imported.consumer_custom_id, '') AS consumer_custom_id,
    imported.requests AS requests,
    imported.status_1xx AS status_1xx,
    imported.status_2xx AS status_2xx,
    imported.status_3xx AS status_3xx,
    imported.status_4xx AS status_4xx,
    imported.status_5xx AS status_5xx,
    imported.status_unknown AS status_unknown,
    imported.file AS file,
    imported.line AS line,
    imported.imported_at AS imported_at
FROM `gatemeter`.imported_usage AS imported FINAL;

-- 0050_percentiles_by_hour
-- Purpose: percentiles of each hour beside those of each day: p50_ms to p99_ms of a consumer, service and route (of calls to
-- models by model, of calls of agents by tool), of merged sketches, so that they are right before ClickHouse merges anything.
CREATE VIEW IF NOT EXISTS `gatemeter`.api_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    service,
    route,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
        coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.api_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'request', usage.latency_request_count, usage.latency_request_sum_ns, usage.latency_request_min_ns, usage.latency_request_max_ns,
            usage.latency_request_buckets, usage.latency_request_bucket_counts
        ),
        (
            'upstream', usage.latency_upstream_count, usage.latency_upstream_sum_ns, usage.latency_upstream_min_ns, usage.latency_upstream_max_ns,
            usage.latency_upstream_buckets, usage.latency_upstream_bucket_counts
        ),
        (
            'gateway', usage.latency_gateway_count, usage.latency_gateway_sum_ns, usage.latency_gateway_min_ns, usage.latency_gateway_max_ns,
            usage.latency_gateway_buckets, usage.latency_gateway_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, service, route, latency
    HAVING measured_count != 0
);
CREATE VIEW IF NOT EXISTS `gatemeter`.llm_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    provider,
    request_model,
    response_model,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        nullIf(usage.provider, '') AS provider,
        nullIf(usage.request_model, '') AS request_model,
        nullIf(usage.response_model, '') AS response_model,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.llm_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'llm', usage.latency_llm_count, usage.latency_llm_sum_ns, usage.latency_llm_min_ns, usage.latency_llm_max_ns,
            usage.latency_llm_buckets, usage.latency_llm_bucket_counts
        ),
        (
            'time_per_token', usage.latency_time_per_token_count, usage.latency_time_per_token_sum_ns, usage.latency_time_per_token_min_ns, usage.latency_time_per_token_max_ns,
            usage.latency_time_per_token_buckets, usage.latency_time_per_token_bucket_counts
        ),
        (
            'time_to_first_token', usage.latency_time_to_first_token_count, usage.latency_time_to_first_token_sum_ns, usage.latency_time_to_first_token_min_ns, usage.latency_time_to_first_token_max_ns,
            usage.latency_time_to_first_token_buckets, usage.latency_time_to_first_token_bucket_counts
        ),
        (
            'embeddings', usage.latency_embeddings_count, usage.latency_embeddings_sum_ns, usage.latency_embeddings_min_ns, usage.latency_embeddings_max_ns,
            usage.latency_embeddings_buckets, usage.latency_embeddings_bucket_counts
        ),
        (
            'cache_fetch', usage.latency_cache_fetch_count, usage.latency_cache_fetch_sum_ns, usage.latency_cache_fetch_min_ns, usage.latency_cache_fetch_max_ns,
            usage.latency_cache_fetch_buckets, usage.latency_cache_fetch_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, provider, request_model, response_model, latency
    HAVING measured_count != 0
);
CREATE VIEW IF NOT EXISTS `gatemeter`.agentic_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    kind,
    tool,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
        usage.kind AS kind,
        nullIf(usage.tool, '') AS tool,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.agentic_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'call', usage.latency_call_count, usage.latency_call_sum_ns, usage.latency_call_min_ns, usage.latency_call_max_ns,
            usage.latency_call_buckets, usage.latency_call_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, kind, tool, latency
    HAVING measured_count != 0
);

-- 0051_billing_statements
-- Purpose: closed bills (`gatemeter close`).
--
-- MergeTree: no row replaces another one. A statement that was closed is never changed.
-- Not partitioned: a row a month.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.billing_statements ON CLUSTER `main`
(
    number UInt32,
    period String,
    closed_at DateTime64(3, 'UTC'),
    sha256 String,
    statement String CODEC(ZSTD(3))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY number
SETTINGS replicated_deduplication_window = 0;

-- 0052_api_usage_minutely
-- Purpose: API requests per minute for operations, with few dimensions and for some days only (docs/adr/0019).
--
-- Rows are whole values of an epoch as those of 0001 are, and replaced in the same way. No consumer is among the
-- dimensions, so a minute has a row for each route, status and source, however many consumers there are.
--
-- minutes_from, in the ledger: from which hour on the epoch's requests are counted per minute, too. NULL for what was
-- counted before this table was there: its minutes are not known.
--
-- ORDER BY: the minute first, because every question is of a short span of time.
-- PARTITION BY the day: rows that expire are dropped with all of their day (`ttl_only_drop_parts`), and nothing is written
-- again for it. So a row may stay for a day longer than it says.
-- TTL: by the event's own time. Another number of days is set with `gatemeter migrate --keep-minutes-days`.
-- Codecs: those of 0043. Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.api_usage_minutely ON CLUSTER `main`
(
    minute DateTime('UTC') CODEC(Delta, ZSTD),
    service_id String CODEC(ZSTD(3)),
    service_name String CODEC(ZSTD(3)),
    route_id String CODEC(ZSTD(3)),
    route_name String CODEC(ZSTD(3)),
    workspace String CODEC(ZSTD(3)),
    status Int64 CODEC(T64, ZSTD),
    source String CODEC(ZSTD(3)),
    request_bytes_kind String CODEC(ZSTD(3)),
    response_bytes_kind String CODEC(ZSTD(3)),
    log String CODEC(ZSTD(3)),
    partition Int32 CODEC(ZSTD),
    epoch_first_offset Int64 CODEC(ZSTD(3)),
    version Int64 CODEC(ZSTD(3)),
    requests Int64 CODEC(T64, ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(T64, ZSTD),
    latency_request_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_request_min_ns Int64 CODEC(GCD, ZSTD),
    latency_request_max_ns Int64 CODEC(GCD, ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD(3)),
    latency_upstream_count Int64 CODEC(T64, ZSTD),
    latency_upstream_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_upstream_min_ns Int64 CODEC(GCD, ZSTD),
    latency_upstream_max_ns Int64 CODEC(GCD, ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD(3)),
    latency_gateway_count Int64 CODEC(T64, ZSTD),
    latency_gateway_sum_ns Int128 CODEC(GCD, ZSTD),
    latency_gateway_min_ns Int64 CODEC(GCD, ZSTD),
    latency_gateway_max_ns Int64 CODEC(GCD, ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD(3)),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD(3))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMMDD(minute)
PRIMARY KEY minute
ORDER BY (
    minute, service_id, service_name, route_id, route_name, workspace, status, source, request_bytes_kind,
    response_bytes_kind, log, partition, epoch_first_offset
)
TTL minute + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 0;
ALTER TABLE `gatemeter`.epoch_ledger ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS minutes_from Nullable(DateTime('UTC')) CODEC(ZSTD) AFTER metered_other;

-- 0053_api_usage_minutes_view
-- Purpose: the view of API requests per minute, with those columns of api_usage that minutes have. Which minutes are whole
-- `gatemeter query` says: a view cannot tell that rows are not there any more.
CREATE VIEW IF NOT EXISTS `gatemeter`.api_usage_minutes ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.minute AS minute,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    if(usage.latency_request_count > 0, usage.latency_request_min_ns / 1e6, NULL) AS latency_request_min_ms,
    if(usage.latency_request_count > 0, usage.latency_request_max_ns / 1e6, NULL) AS latency_request_max_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_min_ns / 1e6, NULL) AS latency_upstream_min_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_max_ns / 1e6, NULL) AS latency_upstream_max_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_min_ns / 1e6, NULL) AS latency_gateway_min_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_max_ns / 1e6, NULL) AS latency_gateway_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_request_buckets AS latency_request_buckets,
    usage.latency_request_bucket_counts AS latency_request_bucket_counts,
    usage.latency_upstream_buckets AS latency_upstream_buckets,
    usage.latency_upstream_bucket_counts AS latency_upstream_bucket_counts,
    usage.latency_gateway_buckets AS latency_gateway_buckets,
    usage.latency_gateway_bucket_counts AS latency_gateway_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.api_usage_minutely AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- 0054_budget_journal
-- Purpose: the journal of crossed budgets (`gatemeter budgets watch`): what was found, and who was told of it.
--
-- budget_crossings has a row a crossing, by its id: found again by another watcher, it stays one. Recorded before anybody is
-- told, so that a watcher that dies is continued by the next one. budget_deliveries has a row for each try, never replaced.
-- Small tables, which are read by time: neither is partitioned.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.budget_crossings ON CLUSTER `main`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY id
SETTINGS replicated_deduplication_window = 0;
CREATE TABLE IF NOT EXISTS `gatemeter`.budget_deliveries ON CLUSTER `main`
(
    crossing_id String,
    target String,
    attempt UInt32,
    attempted_at DateTime64(3, 'UTC'),
    outcome String,
    detail String
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (crossing_id, target, attempt)
SETTINGS replicated_deduplication_window = 0;

-- 0055_anonymous_by_name
-- Purpose: usage of nobody and of a consumer whose id is `anonymous` stand apart in all views: that consumer is
-- `anonymous (name)`, as in reports and queries (output/placeholders.py). Nothing else of the views changes.
CREATE OR REPLACE VIEW `gatemeter`.api_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    if(usage.latency_request_count > 0, usage.latency_request_min_ns / 1e6, NULL) AS latency_request_min_ms,
    if(usage.latency_request_count > 0, usage.latency_request_max_ns / 1e6, NULL) AS latency_request_max_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_min_ns / 1e6, NULL) AS latency_upstream_min_ms,
    if(usage.latency_upstream_count > 0, usage.latency_upstream_max_ns / 1e6, NULL) AS latency_upstream_max_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_min_ns / 1e6, NULL) AS latency_gateway_min_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_max_ns / 1e6, NULL) AS latency_gateway_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_request_buckets AS latency_request_buckets,
    usage.latency_request_bucket_counts AS latency_request_bucket_counts,
    usage.latency_upstream_buckets AS latency_upstream_buckets,
    usage.latency_upstream_bucket_counts AS latency_upstream_bucket_counts,
    usage.latency_gateway_buckets AS latency_gateway_buckets,
    usage.latency_gateway_bucket_counts AS latency_gateway_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.api_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(
        argMaxIf(usage.consumer_username, (usage.last_hour, usage.consumer_username), usage.consumer_username != ''), ''
    )
        AS consumer_username,
    nullIf(
        argMaxIf(usage.consumer_custom_id, (usage.last_hour, usage.consumer_custom_id), usage.consumer_custom_id != ''), ''
    )
        AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(usage.requests, usage.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        accurateCast(sum(usage.request_bytes), 'Int64')
    ) AS request_bytes,
    if(
        sumIf(usage.requests, usage.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        accurateCast(sum(usage.response_bytes), 'Int64')
    ) AS response_bytes,
    sumIf(usage.requests, usage.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(usage.requests, usage.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS request_bytes_kind,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS response_bytes_kind
FROM `gatemeter`.api_usage_by_month AS usage
GROUP BY period, usage.consumer_id;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    if(usage.provider_status < 100, NULL, usage.provider_status) AS provider_status,
    nullIf(usage.embeddings_provider, '') AS embeddings_provider,
    nullIf(usage.embeddings_model, '') AS embeddings_model,
    nullIf(usage.service_tier, '') AS service_tier,
    usage.context_above_tokens AS context_above_tokens,
    nullIf(usage.tokens_evidence, '') AS tokens_evidence,
    nullIf(usage.embeddings_evidence, '') AS embeddings_evidence,
    nullIf(usage.token_classes, '') AS token_classes,
    nullIf(usage.modifiers, '') AS modifiers,
    nullIf(usage.unknown_units, '') AS unknown_units,
    nullIf(usage.counting_rule, '') AS counting_rule,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    if(usage.latency_llm_count > 0, usage.latency_llm_min_ns / 1e6, NULL) AS latency_llm_min_ms,
    if(usage.latency_llm_count > 0, usage.latency_llm_max_ns / 1e6, NULL) AS latency_llm_max_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    if(usage.latency_time_per_token_count > 0, usage.latency_time_per_token_min_ns / 1e6, NULL) AS latency_time_per_token_min_ms,
    if(usage.latency_time_per_token_count > 0, usage.latency_time_per_token_max_ns / 1e6, NULL) AS latency_time_per_token_max_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    if(usage.latency_time_to_first_token_count > 0, usage.latency_time_to_first_token_min_ns / 1e6, NULL) AS latency_time_to_first_token_min_ms,
    if(usage.latency_time_to_first_token_count > 0, usage.latency_time_to_first_token_max_ns / 1e6, NULL) AS latency_time_to_first_token_max_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    if(usage.latency_embeddings_count > 0, usage.latency_embeddings_min_ns / 1e6, NULL) AS latency_embeddings_min_ms,
    if(usage.latency_embeddings_count > 0, usage.latency_embeddings_max_ns / 1e6, NULL) AS latency_embeddings_max_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms,
    if(usage.latency_cache_fetch_count > 0, usage.latency_cache_fetch_min_ns / 1e6, NULL) AS latency_cache_fetch_min_ms,
    if(usage.latency_cache_fetch_count > 0, usage.latency_cache_fetch_max_ns / 1e6, NULL) AS latency_cache_fetch_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    nullIf(usage.plugin_id, '') AS plugin_id,
    nullIf(usage.plugin_name, '') AS plugin_name,
    usage.latency_llm_buckets AS latency_llm_buckets,
    usage.latency_llm_bucket_counts AS latency_llm_bucket_counts,
    usage.latency_time_per_token_buckets AS latency_time_per_token_buckets,
    usage.latency_time_per_token_bucket_counts AS latency_time_per_token_bucket_counts,
    usage.latency_time_to_first_token_buckets AS latency_time_to_first_token_buckets,
    usage.latency_time_to_first_token_bucket_counts AS latency_time_to_first_token_bucket_counts,
    usage.latency_embeddings_buckets AS latency_embeddings_buckets,
    usage.latency_embeddings_bucket_counts AS latency_embeddings_bucket_counts,
    usage.latency_cache_fetch_buckets AS latency_cache_fetch_buckets,
    usage.latency_cache_fetch_bucket_counts AS latency_cache_fetch_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    if(usage.latency_call_count > 0, usage.latency_call_min_ns / 1e6, NULL) AS latency_call_min_ms,
    if(usage.latency_call_count > 0, usage.latency_call_max_ns / 1e6, NULL) AS latency_call_max_ms,
    usage.session_hashes AS session_hashes,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_call_buckets AS latency_call_buckets,
    usage.latency_call_bucket_counts AS latency_call_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.stream_sessions ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    usage.sessions AS sessions,
    accurateCast(usage.received_bytes, 'Int64') AS received_bytes,
    accurateCast(usage.sent_bytes, 'Int64') AS sent_bytes,
    accurateCast(usage.upstream_received_bytes, 'Int64') AS upstream_received_bytes,
    accurateCast(usage.upstream_sent_bytes, 'Int64') AS upstream_sent_bytes,
    usage.latency_session_count AS latency_session_count,
    toFloat64(usage.latency_session_sum_ns) / 1e6 AS latency_session_sum_ms,
    if(usage.latency_session_count > 0, usage.latency_session_min_ns / 1e6, NULL) AS latency_session_min_ms,
    if(usage.latency_session_count > 0, usage.latency_session_max_ns / 1e6, NULL) AS latency_session_max_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_min_ns / 1e6, NULL) AS latency_gateway_min_ms,
    if(usage.latency_gateway_count > 0, usage.latency_gateway_max_ns / 1e6, NULL) AS latency_gateway_max_ms,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.latency_session_buckets AS latency_session_buckets,
    usage.latency_session_bucket_counts AS latency_session_bucket_counts,
    usage.latency_gateway_buckets AS latency_gateway_buckets,
    usage.latency_gateway_bucket_counts AS latency_gateway_bucket_counts,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.stream_sessions_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.meter_usage ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.meter AS meter,
    usage.declaration AS declaration,
    nullIf(usage.unit, '') AS unit,
    usage.aggregation AS aggregation,
    nullIf(usage.group_names, '') AS group_names,
    nullIf(usage.group_1, '') AS group_1,
    nullIf(usage.group_2, '') AS group_2,
    nullIf(usage.group_3, '') AS group_3,
    nullIf(usage.group_4, '') AS group_4,
    usage.events AS events,
    accurateCast(usage.without_value, 'Int64') AS events_without_value,
    accurateCast(usage.refused, 'Int64') AS events_with_refused_value,
    if(
        usage.aggregation = 'sum' AND usage.events != usage.without_value + usage.refused,
        divideDecimal(toDecimal256(usage.value_scaled, 0), toDecimal256(intExp10(usage.decimals), 0), 9),
        NULL
    ) AS value,
    usage.distinct_hashes AS distinct_hashes,
    nullIf(usage.service_id, '') AS service_id,
    nullIf(usage.service_name, '') AS service_name,
    nullIf(usage.route_id, '') AS route_id,
    nullIf(usage.route_name, '') AS route_name,
    usage.log AS log,
    usage.partition AS partition,
    usage.epoch_first_offset AS epoch_first_offset,
    usage.version AS version
FROM `gatemeter`.meter_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_computed ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
-- Without the rows of calls that cost nothing and saved nothing.
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_reported ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
-- Without the rows of calls for which no provider was paid.
WHERE usage.outcome IN ('provider', 'blocked', 'unknown') OR usage.cost_reported_spend != 0 OR usage.cost_savings_reported != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.api_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'request' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_request_buckets AS bucket, usage.latency_request_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'upstream' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_upstream_buckets AS bucket, usage.latency_upstream_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'gateway' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_gateway_buckets AS bucket, usage.latency_gateway_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.llm_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'llm' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_llm_buckets AS bucket, usage.latency_llm_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'time_per_token' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_time_per_token_buckets AS bucket, usage.latency_time_per_token_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'time_to_first_token' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_time_to_first_token_buckets AS bucket, usage.latency_time_to_first_token_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'embeddings' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_embeddings_buckets AS bucket, usage.latency_embeddings_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    'cache_fetch' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_cache_fetch_buckets AS bucket, usage.latency_cache_fetch_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.agentic_latency ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    'call' AS latency,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1) / 1e6) AS latency_ms,
    bucket_count AS calls,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.agentic_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_call_buckets AS bucket, usage.latency_call_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.api_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    service,
    route,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
        coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.api_usage_by_day AS usage
    ARRAY JOIN [
        (
            'request', usage.latency_request_count, usage.latency_request_sum_ns, usage.latency_request_min_ns, usage.latency_request_max_ns,
            usage.latency_request_buckets, usage.latency_request_bucket_counts
        ),
        (
            'upstream', usage.latency_upstream_count, usage.latency_upstream_sum_ns, usage.latency_upstream_min_ns, usage.latency_upstream_max_ns,
            usage.latency_upstream_buckets, usage.latency_upstream_bucket_counts
        ),
        (
            'gateway', usage.latency_gateway_count, usage.latency_gateway_sum_ns, usage.latency_gateway_min_ns, usage.latency_gateway_max_ns,
            usage.latency_gateway_buckets, usage.latency_gateway_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, service, route, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.llm_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    provider,
    request_model,
    response_model,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        nullIf(usage.provider, '') AS provider,
        nullIf(usage.request_model, '') AS request_model,
        nullIf(usage.response_model, '') AS response_model,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.llm_usage_by_day AS usage
    ARRAY JOIN [
        (
            'llm', usage.latency_llm_count, usage.latency_llm_sum_ns, usage.latency_llm_min_ns, usage.latency_llm_max_ns,
            usage.latency_llm_buckets, usage.latency_llm_bucket_counts
        ),
        (
            'time_per_token', usage.latency_time_per_token_count, usage.latency_time_per_token_sum_ns, usage.latency_time_per_token_min_ns, usage.latency_time_per_token_max_ns,
            usage.latency_time_per_token_buckets, usage.latency_time_per_token_bucket_counts
        ),
        (
            'time_to_first_token', usage.latency_time_to_first_token_count, usage.latency_time_to_first_token_sum_ns, usage.latency_time_to_first_token_min_ns, usage.latency_time_to_first_token_max_ns,
            usage.latency_time_to_first_token_buckets, usage.latency_time_to_first_token_bucket_counts
        ),
        (
            'embeddings', usage.latency_embeddings_count, usage.latency_embeddings_sum_ns, usage.latency_embeddings_min_ns, usage.latency_embeddings_max_ns,
            usage.latency_embeddings_buckets, usage.latency_embeddings_bucket_counts
        ),
        (
            'cache_fetch', usage.latency_cache_fetch_count, usage.latency_cache_fetch_sum_ns, usage.latency_cache_fetch_min_ns, usage.latency_cache_fetch_max_ns,
            usage.latency_cache_fetch_buckets, usage.latency_cache_fetch_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, provider, request_model, response_model, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.agentic_latency_by_day ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    day,
    consumer_id,
    kind,
    tool,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        toDate(usage.hour, 'UTC') AS day,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        usage.kind AS kind,
        nullIf(usage.tool, '') AS tool,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.agentic_usage_by_day AS usage
    ARRAY JOIN [
        (
            'call', usage.latency_call_count, usage.latency_call_sum_ns, usage.latency_call_min_ns, usage.latency_call_max_ns,
            usage.latency_call_buckets, usage.latency_call_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY day, consumer_id, kind, tool, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.api_size ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'request' AS size,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS size_kind,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1)) AS size_bytes,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.request_size_buckets AS bucket, usage.request_size_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1
UNION ALL
SELECT
    usage.hour AS hour,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    'response' AS size,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS size_kind,
    if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1)) AS size_bytes,
    bucket_count AS requests,
    reinterpretAsUInt64(bucket_count) AS weight
FROM `gatemeter`.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.response_size_buckets AS bucket, usage.response_size_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW `gatemeter`.api_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms
FROM `gatemeter`.api_usage_by_day AS usage;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms
FROM `gatemeter`.llm_usage_by_day AS usage;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_computed_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_by_day AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_reported_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_by_day AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage_days ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toDate(usage.hour, 'UTC') AS day,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    usage.session_hashes AS session_hashes
FROM `gatemeter`.agentic_usage_by_day AS usage;
CREATE OR REPLACE VIEW `gatemeter`.api_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    nullIf(usage.method, '') AS method,
    if(usage.status < 0, NULL, usage.status) AS status,
    if(usage.status BETWEEN 100 AND 599, concat(intDiv(usage.status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.source, '') AS source,
    multiIf(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind = 'unknown', NULL, usage.request_bytes_kind) AS request_bytes_kind,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.requests AS requests,
    if(usage.status >= 400, usage.requests, 0) AS errors,
    if(usage.status < 100, usage.requests, 0) AS requests_without_status,
    if(usage.request_bytes_kind = 'unknown', NULL, accurateCast(usage.request_bytes, 'Int64')) AS request_bytes,
    if(usage.request_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_request_bytes,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.requests, 0) AS requests_without_response_bytes,
    usage.latency_request_count AS latency_request_count,
    toFloat64(usage.latency_request_sum_ns) / 1e6 AS latency_request_sum_ms,
    usage.latency_upstream_count AS latency_upstream_count,
    toFloat64(usage.latency_upstream_sum_ns) / 1e6 AS latency_upstream_sum_ms,
    usage.latency_gateway_count AS latency_gateway_count,
    toFloat64(usage.latency_gateway_sum_ns) / 1e6 AS latency_gateway_sum_ms
FROM `gatemeter`.api_usage_by_month AS usage;
CREATE OR REPLACE VIEW `gatemeter`.llm_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    if(usage.client_status < 100, NULL, usage.client_status) AS status,
    if(usage.client_status BETWEEN 100 AND 599, concat(intDiv(usage.client_status, 100), 'xx'), NULL) AS status_class,
    nullIf(usage.cost_evidence, '') AS cost_evidence,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.answers, 'Int64') AS answers,
    accurateCast(usage.prompt_tokens, 'Int64') AS prompt_tokens,
    accurateCast(usage.completion_tokens, 'Int64') AS completion_tokens,
    accurateCast(usage.total_tokens, 'Int64') AS total_tokens,
    accurateCast(usage.cached_tokens, 'Int64') AS cached_tokens,
    accurateCast(usage.cache_write_tokens, 'Int64') AS cache_write_tokens,
    accurateCast(usage.cache_write_1h_tokens, 'Int64') AS cache_write_1h_tokens,
    accurateCast(usage.reasoning_tokens, 'Int64') AS reasoning_tokens,
    accurateCast(usage.audio_input_tokens, 'Int64') AS audio_input_tokens,
    accurateCast(usage.audio_output_tokens, 'Int64') AS audio_output_tokens,
    accurateCast(usage.fresh_input_tokens, 'Int64') AS fresh_input_tokens,
    accurateCast(usage.plain_output_tokens, 'Int64') AS plain_output_tokens,
    accurateCast(usage.cached_audio_tokens, 'Int64') AS cached_audio_tokens,
    accurateCast(usage.image_input_tokens, 'Int64') AS image_input_tokens,
    accurateCast(usage.cached_image_tokens, 'Int64') AS cached_image_tokens,
    accurateCast(usage.video_input_tokens, 'Int64') AS video_input_tokens,
    accurateCast(usage.cached_video_tokens, 'Int64') AS cached_video_tokens,
    accurateCast(usage.image_output_tokens, 'Int64') AS image_output_tokens,
    accurateCast(usage.video_output_tokens, 'Int64') AS video_output_tokens,
    accurateCast(usage.citation_tokens, 'Int64') AS citation_tokens,
    accurateCast(usage.web_searches, 'Int64') AS web_searches,
    accurateCast(usage.social_searches, 'Int64') AS social_searches,
    accurateCast(usage.file_searches, 'Int64') AS file_searches,
    accurateCast(usage.rerank_searches, 'Int64') AS rerank_searches,
    accurateCast(usage.code_executions, 'Int64') AS code_executions,
    accurateCast(usage.code_execution_ms, 'Int64') AS code_execution_ms,
    accurateCast(usage.images, 'Int64') AS images,
    accurateCast(usage.pages, 'Int64') AS pages,
    accurateCast(usage.annotated_pages, 'Int64') AS annotated_pages,
    accurateCast(usage.characters, 'Int64') AS characters,
    accurateCast(usage.audio_input_ms, 'Int64') AS audio_input_ms,
    accurateCast(usage.audio_output_ms, 'Int64') AS audio_output_ms,
    accurateCast(usage.video_output_ms, 'Int64') AS video_output_ms,
    accurateCast(usage.embeddings_tokens, 'Int64') AS embeddings_tokens,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    usage.unpriced_calls AS unpriced_calls,
    usage.latency_llm_count AS latency_llm_count,
    toFloat64(usage.latency_llm_sum_ns) / 1e6 AS latency_llm_sum_ms,
    usage.latency_time_per_token_count AS latency_time_per_token_count,
    toFloat64(usage.latency_time_per_token_sum_ns) / 1e6 AS latency_time_per_token_sum_ms,
    usage.latency_time_to_first_token_count AS latency_time_to_first_token_count,
    toFloat64(usage.latency_time_to_first_token_sum_ns) / 1e6 AS latency_time_to_first_token_sum_ms,
    usage.latency_embeddings_count AS latency_embeddings_count,
    toFloat64(usage.latency_embeddings_sum_ns) / 1e6 AS latency_embeddings_sum_ms,
    usage.latency_cache_fetch_count AS latency_cache_fetch_count,
    toFloat64(usage.latency_cache_fetch_sum_ns) / 1e6 AS latency_cache_fetch_sum_ms
FROM `gatemeter`.llm_usage_by_month AS usage;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_computed_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_evidence, '') AS evidence,
    nullIf(usage.cost_currency, '') AS currency,
    nullIf(usage.price_version, '') AS price_version,
    nullIf(usage.cost_gaps, '') AS cost_gaps,
    accurateCast(usage.calls, 'Int64') AS calls,
    usage.unpriced_calls AS unpriced_calls,
    if(usage.cost_evidence IN ('', 'unpriced') AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM `gatemeter`.llm_usage_by_month AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE OR REPLACE VIEW `gatemeter`.llm_costs_reported_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    coalesce(nullIf(usage.plugin_name, ''), nullIf(usage.plugin_id, '')) AS plugin,
    nullIf(usage.provider, '') AS provider,
    nullIf(usage.request_model, '') AS request_model,
    nullIf(usage.response_model, '') AS response_model,
    nullIf(usage.cache_status, '') AS cache_status,
    nullIf(usage.outcome, '') AS outcome,
    nullIf(usage.cost_reported_currency, '') AS currency,
    accurateCast(usage.calls, 'Int64') AS calls,
    accurateCast(usage.calls_without_reported_cost, 'Int64') AS calls_without_reported_cost,
    if(
        usage.calls <= usage.calls_without_reported_cost AND usage.cost_reported_spend = 0,
        NULL,
        toDecimal256(usage.cost_reported_spend, 24)
    ) AS cost,
    toDecimal256(usage.cost_savings_reported, 24) AS savings
FROM `gatemeter`.llm_usage_by_month AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE OR REPLACE VIEW `gatemeter`.agentic_usage_months ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    toStartOfMonth(usage.hour, 'UTC') AS month,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(usage.consumer_username, '') AS consumer_username,
    nullIf(usage.consumer_custom_id, '') AS consumer_custom_id,
    coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
    coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
    nullIf(usage.workspace, '') AS workspace,
    nullIf(usage.team, '') AS team,
    nullIf(usage.organisation, '') AS organisation,
    usage.kind AS kind,
    nullIf(usage.method, '') AS rpc_method,
    nullIf(usage.tool, '') AS tool,
    nullIf(usage.task_state, '') AS task_state,
    nullIf(usage.error, '') AS error,
    multiIf(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind = 'unknown', NULL, usage.response_bytes_kind) AS response_bytes_kind,
    usage.calls AS calls,
    accurateCast(usage.errors, 'Int64') AS errors,
    if(usage.response_bytes_kind = 'unknown', NULL, accurateCast(usage.response_bytes, 'Int64')) AS response_bytes,
    if(usage.response_bytes_kind = 'unknown', usage.calls, 0) AS calls_without_response_bytes,
    usage.latency_call_count AS latency_call_count,
    toFloat64(usage.latency_call_sum_ns) / 1e6 AS latency_call_sum_ms,
    usage.session_hashes AS session_hashes
FROM `gatemeter`.agentic_usage_by_month AS usage;
CREATE OR REPLACE VIEW `gatemeter`.api_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    service,
    route,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        coalesce(nullIf(usage.service_name, ''), nullIf(usage.service_id, '')) AS service,
        coalesce(nullIf(usage.route_name, ''), nullIf(usage.route_id, '')) AS route,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.api_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'request', usage.latency_request_count, usage.latency_request_sum_ns, usage.latency_request_min_ns, usage.latency_request_max_ns,
            usage.latency_request_buckets, usage.latency_request_bucket_counts
        ),
        (
            'upstream', usage.latency_upstream_count, usage.latency_upstream_sum_ns, usage.latency_upstream_min_ns, usage.latency_upstream_max_ns,
            usage.latency_upstream_buckets, usage.latency_upstream_bucket_counts
        ),
        (
            'gateway', usage.latency_gateway_count, usage.latency_gateway_sum_ns, usage.latency_gateway_min_ns, usage.latency_gateway_max_ns,
            usage.latency_gateway_buckets, usage.latency_gateway_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, service, route, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.llm_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    provider,
    request_model,
    response_model,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        nullIf(usage.provider, '') AS provider,
        nullIf(usage.request_model, '') AS request_model,
        nullIf(usage.response_model, '') AS response_model,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.llm_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'llm', usage.latency_llm_count, usage.latency_llm_sum_ns, usage.latency_llm_min_ns, usage.latency_llm_max_ns,
            usage.latency_llm_buckets, usage.latency_llm_bucket_counts
        ),
        (
            'time_per_token', usage.latency_time_per_token_count, usage.latency_time_per_token_sum_ns, usage.latency_time_per_token_min_ns, usage.latency_time_per_token_max_ns,
            usage.latency_time_per_token_buckets, usage.latency_time_per_token_bucket_counts
        ),
        (
            'time_to_first_token', usage.latency_time_to_first_token_count, usage.latency_time_to_first_token_sum_ns, usage.latency_time_to_first_token_min_ns, usage.latency_time_to_first_token_max_ns,
            usage.latency_time_to_first_token_buckets, usage.latency_time_to_first_token_bucket_counts
        ),
        (
            'embeddings', usage.latency_embeddings_count, usage.latency_embeddings_sum_ns, usage.latency_embeddings_min_ns, usage.latency_embeddings_max_ns,
            usage.latency_embeddings_buckets, usage.latency_embeddings_bucket_counts
        ),
        (
            'cache_fetch', usage.latency_cache_fetch_count, usage.latency_cache_fetch_sum_ns, usage.latency_cache_fetch_min_ns, usage.latency_cache_fetch_max_ns,
            usage.latency_cache_fetch_buckets, usage.latency_cache_fetch_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, provider, request_model, response_model, latency
    HAVING measured_count != 0
);
CREATE OR REPLACE VIEW `gatemeter`.agentic_latency_by_hour ON CLUSTER `main` SQL SECURITY DEFINER AS
WITH
    1.01 / 0.99 AS gamma,
    arrayCumSum(sketch.2) AS cumulative,
    -- The nearest rank, ceil(count * q), in whole numbers; q in per mille.
    arrayMap(
        q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(toInt128(measured_count) * q + 999, 1000), cumulative)],
        [500, 900, 950, 990]
    ) AS buckets,
    arrayMap(
        bucket -> greatest(
            toFloat64(min_ns),
            least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
        ),
        buckets
    ) AS percentiles_ns
SELECT
    hour,
    consumer_id,
    kind,
    tool,
    latency,
    measured_count AS count,
    toFloat64(sum_ns) / measured_count / 1e6 AS avg_ms,
    min_ns / 1e6 AS min_ms,
    percentiles_ns[1] / 1e6 AS p50_ms,
    percentiles_ns[2] / 1e6 AS p90_ms,
    percentiles_ns[3] / 1e6 AS p95_ms,
    percentiles_ns[4] / 1e6 AS p99_ms,
    max_ns / 1e6 AS max_ms
FROM
(
    SELECT
        usage.hour AS hour,
        multiIf(
            usage.consumer_id = '', 'anonymous',
            match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
            usage.consumer_id
        ) AS consumer_id,
        usage.kind AS kind,
        nullIf(usage.tool, '') AS tool,
        measured.1 AS latency,
        sum(measured.2) AS measured_count,
        sum(measured.3) AS sum_ns,
        -- A row of a correction has the counts of its event with the opposite sign, and no extremes.
        minIf(measured.4, measured.2 > 0) AS min_ns,
        maxIf(measured.5, measured.2 > 0) AS max_ns,
        sumMap(measured.6, measured.7) AS sketch
    FROM `gatemeter`.agentic_usage_by_hour AS usage
    ARRAY JOIN [
        (
            'call', usage.latency_call_count, usage.latency_call_sum_ns, usage.latency_call_min_ns, usage.latency_call_max_ns,
            usage.latency_call_buckets, usage.latency_call_bucket_counts
        )
    ] AS measured
    WHERE measured.2 != 0
    GROUP BY usage.hour, consumer_id, kind, tool, latency
    HAVING measured_count != 0
);

-- 0056_inventory_credentials
-- Purpose: when a credential of a consumer was created. Snapshots tell which keys there are (`gatemeter inventory poll
-- --credentials`), and never what they are.
--
-- created_at: NULL where that is not told, and of everything that is no credential.
ALTER TABLE `gatemeter`.inventory_entities ON CLUSTER `main` ADD COLUMN IF NOT EXISTS created_at Nullable(DateTime('UTC')) CODEC(ZSTD);
CREATE OR REPLACE VIEW `gatemeter`.inventory ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at,
    entity.created_at AS created_at
FROM `gatemeter`.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        told.1 AS taken_at,
        control_plane_id,
        told.2 AS control_plane_name,
        told.3 AS source,
        told.4 AS snapshot_id,
        kind,
        told.5 AS completeness,
        told.6 AS set_id
    FROM
    (
        SELECT
            control_plane_id,
            each.1 AS kind,
            -- The newest snapshot that lists entities of this kind.
            max((taken_at, control_plane_name, source, snapshot_id, each.2, each.3)) AS told
        FROM `gatemeter`.inventory_snapshots AS stored FINAL
        ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS each
        WHERE each.3 != ''
        GROUP BY control_plane_id, kind
    )
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;
CREATE OR REPLACE VIEW `gatemeter`.inventory_history ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at,
    entity.created_at AS created_at
FROM `gatemeter`.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        taken_at,
        control_plane_id,
        control_plane_name,
        source,
        snapshot_id,
        told.1 AS kind,
        told.2 AS completeness,
        told.3 AS set_id
    FROM `gatemeter`.inventory_snapshots AS stored FINAL
    ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS told
    WHERE told.3 != ''
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;

-- 0057_billing_deliveries
-- Purpose: the journal of what was delivered to billing systems (`gatemeter export stripe` and others).
--
-- MergeTree: no row replaces another one. A row is written before an event is sent, and one after it was answered, so
-- that a run that was killed is known to have sent it perhaps.
-- ORDER BY: a run reads one period of one destination.
-- Not partitioned: a period is a small part of a month's usage, and old ones are kept for those who dispute a bill.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS `gatemeter`.billing_deliveries ON CLUSTER `main`
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
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (system, destination, period, delivery_id, at)
SETTINGS replicated_deduplication_window = 0;

-- 0058_billing_delivery_basis
-- Purpose: by what files and options a delivery to a billing system was told, beside the events.
--
-- A run that would take back what was delivered compares it with its own: where both are the same, events have changed;
-- else somebody has given another file, and is asked. Rows that are there have '': nothing says what they were told by.
ALTER TABLE `gatemeter`.billing_deliveries ON CLUSTER `main`
    ADD COLUMN IF NOT EXISTS basis String CODEC(ZSTD(3)) AFTER at;

-- 0059_billable_beside_not_billable
-- Purpose: `billable_monthly` has billable and not billable requests beside each other, by the default rule of bills
-- (plans/billable_rule.py), as `gatemeter report billable` does. No view knows what a plan file declares.
CREATE OR REPLACE VIEW `gatemeter`.billable_monthly ON CLUSTER `main` SQL SECURITY DEFINER AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
    nullIf(
        argMaxIf(usage.consumer_username, (usage.last_hour, usage.consumer_username), usage.consumer_username != ''), ''
    )
        AS consumer_username,
    nullIf(
        argMaxIf(usage.consumer_custom_id, (usage.last_hour, usage.consumer_custom_id), usage.consumer_custom_id != ''), ''
    )
        AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, usage.source != 'kong' OR usage.status BETWEEN 100 AND 399) AS billable_requests,
    requests - billable_requests AS not_billable_requests,
    sumIf(usage.requests, status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(usage.requests, usage.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        accurateCast(sum(usage.request_bytes), 'Int64')
    ) AS request_bytes,
    if(
        sumIf(usage.requests, usage.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        accurateCast(sum(usage.response_bytes), 'Int64')
    ) AS response_bytes,
    sumIf(usage.requests, usage.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(usage.requests, usage.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS request_bytes_kind,
    nullIf(arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ), '') AS response_bytes_kind
FROM `gatemeter`.api_usage_by_month AS usage
GROUP BY period, usage.consumer_id;

-- Purpose: counts may be negative. An event that was counted and is taken back (`gatemeter correct`) is never edited
-- away: it is booked as rows of its own whose counts are those of the event with a minus sign, so every count that
-- such a row holds is signed.
--
-- No column of a key changes, and the rows keep their numbers: a count beyond 2^63 is not to be had.
-- The views over these tables are made anew, because a view keeps the column types of the day it was created. They
-- read as before, but that `llm_costs` shows calls taken back too. Sums over Int64 stay exact.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    MODIFY COLUMN requests Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_request_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_upstream_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
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
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    MODIFY COLUMN calls Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_call_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_call_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE ${database}.stream_sessions_hourly ${on_cluster}
    MODIFY COLUMN sessions Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_session_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_count Int64 CODEC(ZSTD),
    MODIFY COLUMN latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD);
ALTER TABLE ${database}.monthly_requests ${on_cluster}
    MODIFY COLUMN requests Int64 CODEC(ZSTD);
ALTER TABLE ${database}.epoch_ledger ${on_cluster}
    MODIFY COLUMN consumed Int64 CODEC(ZSTD),
    MODIFY COLUMN counted Int64 CODEC(ZSTD),
    MODIFY COLUMN duplicates Int64 CODEC(ZSTD),
    MODIFY COLUMN dead_letters Int64 CODEC(ZSTD),
    MODIFY COLUMN other_kind Int64 CODEC(ZSTD),
    MODIFY COLUMN fields_left_out Int64 CODEC(ZSTD);
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.billable_monthly ${on_cluster} AS
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
FROM ${database}.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.conservation ${on_cluster} AS
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
FROM ${database}.epoch_ledger AS ledger FINAL
GROUP BY topic, log;
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} AS
SELECT *
FROM ${database}.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} AS
SELECT *
FROM ${database}.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.stream_sessions ${on_cluster} AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM ${database}.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.llm_costs ${on_cluster} AS
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
FROM ${database}.llm_usage_hourly AS usage FINAL
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

-- Purpose: `api_size`, sizes of requests and answers as `api_latency` has latencies: a row is a bucket of a sketch. And a
-- cost is NULL in `llm_costs_computed` also where nothing was spent, so that a sum over calls without a price and answers from
-- a cache is not 0.
CREATE VIEW IF NOT EXISTS ${database}.api_size ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_hourly AS usage FINAL
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
FROM ${database}.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.response_size_buckets AS bucket, usage.response_size_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.llm_costs_computed ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_hourly AS usage FINAL
-- Without the rows of calls that cost nothing and saved nothing.
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

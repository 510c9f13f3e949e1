-- Purpose: views of latencies. In `api_latency`, `llm_latency` and `agentic_latency` a row is a bucket of a sketch (see
-- `gatemeter.metering.sketch`) with its count, so that ClickHouse's own functions tell a percentile of any group. `weight`
-- is the count in the type that they take, in which counts that are taken back wrap around: they cancel each other out.
-- A function of our own would belong to the whole server, and would take rights that go beyond this database.
--
-- In `..._latency_by_day` the percentiles are there already, for one group.
CREATE VIEW IF NOT EXISTS ${database}.api_latency ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_hourly AS usage FINAL
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
FROM ${database}.api_usage_hourly AS usage FINAL
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
FROM ${database}.api_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_gateway_buckets AS bucket, usage.latency_gateway_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.llm_latency ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_hourly AS usage FINAL
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
FROM ${database}.llm_usage_hourly AS usage FINAL
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
FROM ${database}.llm_usage_hourly AS usage FINAL
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
FROM ${database}.llm_usage_hourly AS usage FINAL
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
FROM ${database}.llm_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_cache_fetch_buckets AS bucket, usage.latency_cache_fetch_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.agentic_latency ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.agentic_usage_hourly AS usage FINAL
ARRAY JOIN usage.latency_call_buckets AS bucket, usage.latency_call_bucket_counts AS bucket_count
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.api_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.api_usage_hourly AS usage FINAL
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
CREATE VIEW IF NOT EXISTS ${database}.llm_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.llm_usage_hourly AS usage FINAL
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
CREATE VIEW IF NOT EXISTS ${database}.agentic_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.agentic_usage_hourly AS usage FINAL
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

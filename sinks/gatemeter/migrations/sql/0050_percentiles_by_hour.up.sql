-- Purpose: percentiles of each hour beside those of each day: p50_ms to p99_ms of a consumer, service and route (of calls to
-- models by model, of calls of agents by tool), of merged sketches, so that they are right before ClickHouse merges anything.
CREATE VIEW IF NOT EXISTS ${database}.api_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.api_usage_by_hour AS usage
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
CREATE VIEW IF NOT EXISTS ${database}.llm_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.llm_usage_by_hour AS usage
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
CREATE VIEW IF NOT EXISTS ${database}.agentic_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.agentic_usage_by_hour AS usage
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

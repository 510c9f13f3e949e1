-- Purpose: which units of usage are settled, and usage per hour, day and month with each unit read once, from the
-- highest rung that is settled: `_by_day` from days, else hours; `_by_month` from months, else days, else hours.
--
-- All have the same columns; `hour` is the first hour of what a row adds up. Rows are to be added up: a key has a row for
-- each log, partition, and (per hour) epoch.
-- The units are asked once for a query, as one value (`units`): were they asked for each rung, a unit that is touched
-- meanwhile could be read from two rungs or none.
CREATE VIEW IF NOT EXISTS ${database}.settled_usage ${on_cluster} AS
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
            FROM ${database}.usage_touches
            GROUP BY table, log, partition, day
            UNION ALL
            SELECT
                table, log, partition, unit, 0, toDateTime64(0, 3, 'UTC'), if(rung = 'day', touches, 0),
                if(rung = 'day', settling, 0), if(rung = 'month', touches, 0), if(rung = 'month', settling, 0)
            FROM ${database}.settled_units FINAL
        )
        GROUP BY table, log, partition, day
    )
    GROUP BY table, log, partition, toStartOfMonth(day, 'UTC')
)
ARRAY JOIN days AS each;
CREATE VIEW IF NOT EXISTS ${database}.api_usage_by_hour ${on_cluster} AS
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
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.api_usage_by_day ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM ${database}.settled_usage
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
FROM ${database}.api_usage_daily
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
FROM ${database}.api_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.api_usage_by_month ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM ${database}.settled_usage
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
FROM ${database}.api_usage_monthly
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
FROM ${database}.api_usage_daily
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
FROM ${database}.api_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.llm_usage_by_hour ${on_cluster} AS
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
FROM ${database}.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.llm_usage_by_day ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM ${database}.settled_usage
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
FROM ${database}.llm_usage_daily
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
FROM ${database}.llm_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.llm_usage_by_month ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM ${database}.settled_usage
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
FROM ${database}.llm_usage_monthly
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
FROM ${database}.llm_usage_daily
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
FROM ${database}.llm_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.agentic_usage_by_hour ${on_cluster} AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    hour AS last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM ${database}.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.agentic_usage_by_day ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM ${database}.settled_usage
        WHERE table = 'agentic_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM ${database}.agentic_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM ${database}.agentic_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.agentic_usage_by_month ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM ${database}.settled_usage
        WHERE table = 'agentic_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM ${database}.agentic_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    last_hour, calls, errors, response_bytes, latency_call_count, latency_call_sum_ns, latency_call_min_ns,
    latency_call_max_ns, latency_call_buckets, latency_call_bucket_counts, session_hashes
FROM ${database}.agentic_usage_daily
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
FROM ${database}.agentic_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.stream_sessions_by_hour ${on_cluster} AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, hour AS last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM ${database}.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.stream_sessions_by_day ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM ${database}.settled_usage
        WHERE table = 'stream_sessions_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM ${database}.stream_sessions_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM ${database}.stream_sessions_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.stream_sessions_by_month ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM ${database}.settled_usage
        WHERE table = 'stream_sessions_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM ${database}.stream_sessions_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, last_hour, sessions, received_bytes, sent_bytes,
    upstream_received_bytes, upstream_sent_bytes, latency_session_count, latency_session_sum_ns,
    latency_session_min_ns, latency_session_max_ns, latency_session_buckets, latency_session_bucket_counts,
    latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
    latency_gateway_buckets, latency_gateway_bucket_counts
FROM ${database}.stream_sessions_daily
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
FROM ${database}.stream_sessions_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.meter_usage_by_hour ${on_cluster} AS
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, hour AS last_hour, events, value_scaled, without_value, refused,
    distinct_hashes
FROM ${database}.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.meter_usage_by_day ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling))
        FROM ${database}.settled_usage
        WHERE table = 'meter_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM ${database}.meter_usage_daily
WHERE settling IN (SELECT arrayJoin(units).4) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM ${database}.meter_usage_by_hour
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
CREATE VIEW IF NOT EXISTS ${database}.meter_usage_by_month ${on_cluster} AS
WITH
    (
        SELECT groupArray((log, partition, day, day_settling, month_settling))
        FROM ${database}.settled_usage
        WHERE table = 'meter_usage_hourly'
    ) AS units
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM ${database}.meter_usage_monthly
WHERE settling IN (SELECT arrayJoin(units).5) AND settling != 0
UNION ALL
SELECT
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, last_hour, events, value_scaled, without_value, refused, distinct_hashes
FROM ${database}.meter_usage_daily
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
FROM ${database}.meter_usage_by_hour
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

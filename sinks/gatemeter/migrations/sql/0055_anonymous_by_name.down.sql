-- Purpose: takes 0055_anonymous_by_name back; views hold no rows.
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.billable_monthly ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_by_month AS usage
GROUP BY period, usage.consumer_id;
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.agentic_usage_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.stream_sessions ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.stream_sessions_hourly AS usage FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.meter_usage ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.meter_usage_hourly AS usage FINAL
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
CREATE OR REPLACE VIEW ${database}.llm_costs_reported ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_hourly AS usage FINAL
-- Without the rows of calls for which no provider was paid.
WHERE usage.outcome IN ('provider', 'blocked', 'unknown') OR usage.cost_reported_spend != 0 OR usage.cost_savings_reported != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.api_latency ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.llm_latency ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.agentic_latency ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.api_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.api_usage_by_day AS usage
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
CREATE OR REPLACE VIEW ${database}.llm_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.llm_usage_by_day AS usage
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
CREATE OR REPLACE VIEW ${database}.agentic_latency_by_day ${on_cluster} SQL SECURITY DEFINER AS
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
    FROM ${database}.agentic_usage_by_day AS usage
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
CREATE OR REPLACE VIEW ${database}.api_size ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.api_usage_days ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_by_day AS usage;
CREATE OR REPLACE VIEW ${database}.llm_usage_days ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_day AS usage;
CREATE OR REPLACE VIEW ${database}.llm_costs_computed_days ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_day AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE OR REPLACE VIEW ${database}.llm_costs_reported_days ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_day AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE OR REPLACE VIEW ${database}.agentic_usage_days ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.agentic_usage_by_day AS usage;
CREATE OR REPLACE VIEW ${database}.api_usage_months ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.api_usage_by_month AS usage;
CREATE OR REPLACE VIEW ${database}.llm_usage_months ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_month AS usage;
CREATE OR REPLACE VIEW ${database}.llm_costs_computed_months ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_month AS usage
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0;
CREATE OR REPLACE VIEW ${database}.llm_costs_reported_months ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.llm_usage_by_month AS usage
WHERE usage.outcome IN ('provider', 'blocked', 'unknown')
    OR usage.cost_reported_spend != 0
    OR usage.cost_savings_reported != 0;
CREATE OR REPLACE VIEW ${database}.agentic_usage_months ${on_cluster} SQL SECURITY DEFINER AS
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
FROM ${database}.agentic_usage_by_month AS usage;
CREATE OR REPLACE VIEW ${database}.api_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.llm_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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
CREATE OR REPLACE VIEW ${database}.agentic_latency_by_hour ${on_cluster} SQL SECURITY DEFINER AS
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

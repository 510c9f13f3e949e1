-- Purpose: takes 0029_units_and_modifiers back, with all that its columns hold. Rows that differ in nothing else replace
-- each other from then on, so count the logs of its time again afterwards.
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, plugin_name, plugin_id, provider, request_model, response_model, cache_status, outcome,
        embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
        embeddings_evidence, token_classes, log, partition, epoch_first_offset
    );
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS modifiers,
    DROP COLUMN IF EXISTS unknown_units,
    DROP COLUMN IF EXISTS counting_rule,
    DROP COLUMN IF EXISTS cost_reported_currency,
    DROP COLUMN IF EXISTS client_status,
    DROP COLUMN IF EXISTS provider_status,
    DROP COLUMN IF EXISTS cached_audio_tokens,
    DROP COLUMN IF EXISTS image_input_tokens,
    DROP COLUMN IF EXISTS cached_image_tokens,
    DROP COLUMN IF EXISTS video_input_tokens,
    DROP COLUMN IF EXISTS cached_video_tokens,
    DROP COLUMN IF EXISTS image_output_tokens,
    DROP COLUMN IF EXISTS video_output_tokens,
    DROP COLUMN IF EXISTS citation_tokens,
    DROP COLUMN IF EXISTS web_searches,
    DROP COLUMN IF EXISTS social_searches,
    DROP COLUMN IF EXISTS file_searches,
    DROP COLUMN IF EXISTS rerank_searches,
    DROP COLUMN IF EXISTS code_executions,
    DROP COLUMN IF EXISTS code_execution_ms,
    DROP COLUMN IF EXISTS images,
    DROP COLUMN IF EXISTS pages,
    DROP COLUMN IF EXISTS annotated_pages,
    DROP COLUMN IF EXISTS characters,
    DROP COLUMN IF EXISTS audio_input_ms,
    DROP COLUMN IF EXISTS audio_output_ms,
    DROP COLUMN IF EXISTS video_output_ms,
    DROP COLUMN IF EXISTS cost_reported_spend,
    DROP COLUMN IF EXISTS cost_currency,
    DROP COLUMN IF EXISTS cost_gaps;
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} AS
SELECT *
FROM ${database}.llm_usage_hourly FINAL
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

-- Purpose: what the cost of a call can further depend on: modifiers of a price, units other than tokens, units that no
-- rule knows, the rule that divided the tokens, both statuses; the currency of each amount, and what is missing for a
-- cost to be computed.
--
-- ClickHouse takes new columns into a sorting key only at its end, and only without a default: rows that were stored
-- before have '' there, and 0 for the statuses, which no status has. Before, `cost_reported` was only what was spent,
-- so `cost_reported_spend` of those rows is the same amount.
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
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
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
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
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} AS
SELECT * REPLACE (
    if(client_status < 100, NULL, client_status) AS client_status,
    if(provider_status < 100, NULL, provider_status) AS provider_status
)
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
    priced.3 AS currency,
    sum(priced.4) AS calls,
    sum(toDecimal256(priced.5, 24)) AS cost
FROM ${database}.llm_usage_hourly AS usage FINAL
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

-- Purpose: takes 0040_sizes_and_unspent_costs back; views hold no rows.
DROP VIEW IF EXISTS ${database}.api_size ${on_cluster} SYNC;
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
    if(usage.cost_evidence = 'unpriced' AND usage.cost_computed = 0, NULL, toDecimal256(usage.cost_computed, 24)) AS cost,
    toDecimal256(usage.cost_savings, 24) AS savings
FROM ${database}.llm_usage_hourly AS usage FINAL
-- Without the rows of calls that cost nothing and saved nothing.
WHERE usage.cost_evidence != '' OR usage.cost_computed != 0 OR usage.cost_savings != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

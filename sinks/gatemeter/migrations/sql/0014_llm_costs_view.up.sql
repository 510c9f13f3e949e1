-- Purpose: `llm_costs`, what calls to models cost, one row per hour, caller, model and kind of evidence: what the
-- gateway reported (`reported`) beside what the price book says (`computed`, or `estimated` where tokens or prices
-- are), each with the version of its price. Never add rows of different evidence of the same calls.
-- Sums of Decimal(38, 24) wrap around without an error from 10^14 units on; those of Decimal256 do not.
CREATE VIEW IF NOT EXISTS ${database}.llm_costs ${on_cluster} AS
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
WHERE usage.outcome = 'provider' AND priced.1 != 'unpriced' AND (priced.3 > 0 OR priced.4 != 0)
GROUP BY
    hour, consumer_id, consumer_username, consumer_custom_id, service_name, route_name, workspace, plugin_name,
    provider, request_model, response_model, evidence, price_version
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Purpose: takes 0037_analyst_views back; views hold no rows.
DROP VIEW IF EXISTS ${database}.license_monthly ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.dead_letter_reasons ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_reported ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_computed ${on_cluster} SYNC;
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
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.request_bytes_kind = '', 'as sent', usage.request_bytes_kind), usage.request_bytes_kind != 'unknown'
        )),
        '+'
    ) AS request_bytes_kind,
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(usage.response_bytes_kind = '', 'as sent', usage.response_bytes_kind), usage.response_bytes_kind != 'unknown'
        )),
        '+'
    ) AS response_bytes_kind
FROM ${database}.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.meter_usage ${on_cluster} AS
SELECT
    *,
    if(
        aggregation = 'sum' AND events != without_value + refused,
        divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9),
        NULL
    ) AS value
FROM ${database}.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.stream_sessions ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(received_bytes, 'Int64') AS received_bytes,
    accurateCast(sent_bytes, 'Int64') AS sent_bytes,
    accurateCast(upstream_received_bytes, 'Int64') AS upstream_received_bytes,
    accurateCast(upstream_sent_bytes, 'Int64') AS upstream_sent_bytes
)
FROM ${database}.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} AS
SELECT * REPLACE (if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes)
FROM ${database}.agentic_usage_hourly FINAL
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
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} AS
SELECT * REPLACE (
    if(client_status < 100, NULL, client_status) AS client_status,
    if(provider_status < 100, NULL, provider_status) AS provider_status
)
FROM ${database}.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    if(request_bytes_kind = 'unknown', NULL, accurateCast(request_bytes, 'Int64')) AS request_bytes,
    if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes
)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Purpose: takes 0031_teams back, with what its columns hold. Rows that differ in nothing else replace each other from then
-- on, so count the logs of its time again afterwards.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, method, status, source, log, partition, epoch_first_offset
    );
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS team,
    DROP COLUMN IF EXISTS organisation;
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, plugin_name, plugin_id, provider, request_model, response_model, cache_status, outcome,
        embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
        embeddings_evidence, token_classes, log, partition, epoch_first_offset, modifiers, unknown_units,
        counting_rule, cost_reported_currency, client_status, provider_status
    );
ALTER TABLE ${database}.llm_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS team,
    DROP COLUMN IF EXISTS organisation;
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset
    );
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS team,
    DROP COLUMN IF EXISTS organisation;
ALTER TABLE ${database}.stream_sessions_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, status, log, partition, epoch_first_offset
    );
ALTER TABLE ${database}.stream_sessions_hourly ${on_cluster}
    DROP COLUMN IF EXISTS team,
    DROP COLUMN IF EXISTS organisation;
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(request_bytes, 'Int64') AS request_bytes,
    accurateCast(response_bytes, 'Int64') AS response_bytes
)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} AS
SELECT * REPLACE (accurateCast(response_bytes, 'Int64') AS response_bytes)
FROM ${database}.agentic_usage_hourly FINAL
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
CREATE OR REPLACE VIEW ${database}.llm_usage ${on_cluster} AS
SELECT * REPLACE (
    if(client_status < 100, NULL, client_status) AS client_status,
    if(provider_status < 100, NULL, provider_status) AS provider_status
)
FROM ${database}.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Purpose: takes 0032_size_kinds back, with what its columns hold. Rows that differ in nothing else replace each other from
-- then on, so count the logs of its time again afterwards.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, method, status, source, log, partition, epoch_first_offset, team, organisation
    );
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS request_bytes_kind,
    DROP COLUMN IF EXISTS response_bytes_kind;
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset, team, organisation
    );
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS response_bytes_kind;
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    accurateCast(request_bytes, 'Int64') AS request_bytes,
    accurateCast(response_bytes, 'Int64') AS response_bytes
)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
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
    accurateCast(sum(usage.request_bytes), 'Int64') AS request_bytes,
    accurateCast(sum(usage.response_bytes), 'Int64') AS response_bytes
FROM ${database}.api_usage_hourly AS usage FINAL
GROUP BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} AS
SELECT * REPLACE (accurateCast(response_bytes, 'Int64') AS response_bytes)
FROM ${database}.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

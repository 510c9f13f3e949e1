-- Purpose: what the bytes of a row are: 'wire' (with headers), 'body', 'unknown' where the log tells no size, and '' where
-- the sender does not say which. Rows that were stored before have '' there.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    ADD COLUMN IF NOT EXISTS request_bytes_kind String CODEC(ZSTD) AFTER source,
    ADD COLUMN IF NOT EXISTS response_bytes_kind String CODEC(ZSTD) AFTER request_bytes_kind,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, method, status, source, log, partition, epoch_first_offset, team, organisation,
        request_bytes_kind, response_bytes_kind
    );
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    ADD COLUMN IF NOT EXISTS response_bytes_kind String CODEC(ZSTD) AFTER error,
    MODIFY ORDER BY (
        hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
        workspace, kind, method, tool, task_state, error, log, partition, epoch_first_offset, team, organisation,
        response_bytes_kind
    );
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    if(request_bytes_kind = 'unknown', NULL, accurateCast(request_bytes, 'Int64')) AS request_bytes,
    if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes
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
CREATE OR REPLACE VIEW ${database}.agentic_usage ${on_cluster} AS
SELECT * REPLACE (if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes)
FROM ${database}.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

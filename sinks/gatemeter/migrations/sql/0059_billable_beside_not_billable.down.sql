-- Purpose: takes 0059_billable_beside_not_billable back; a view holds no rows.
CREATE OR REPLACE VIEW ${database}.billable_monthly ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    formatDateTime(hour, '%Y-%m', 'UTC') AS period,
    multiIf(
        usage.consumer_id = '', 'anonymous',
        match(usage.consumer_id, '\\Aanonymous( [(]name[)])*\\z'), concat(usage.consumer_id, ' (name)'),
        usage.consumer_id
    ) AS consumer_id,
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

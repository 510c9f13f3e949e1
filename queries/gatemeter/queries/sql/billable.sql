-- Purpose: what to bill: requests, status classes and bytes per period and consumer.
-- Parameters: period_format String, formatDateTime pattern of a period; from, to DateTime('UTC'), hours in [from, to);
--   consumers Array(String), ids or names to show, empty for all.
-- Columns: period, consumer_id, consumer_username, consumer_custom_id, requests, status_1xx .. status_5xx,
--   status_unknown, request_bytes, response_bytes; by period and consumer_id.
-- FINAL hides replaced rows whether or not the parts were merged. A consumer's names are the latest that are not empty
-- (of equally late ones the greatest), so that they do not depend on how the log was cut into epochs.
SELECT
    formatDateTime(usage.hour, {period_format:String}, 'UTC') AS period,
    if(usage.consumer_id = '', 'anonymous', usage.consumer_id) AS consumer_id,
    argMaxIf(usage.consumer_username, (usage.hour, usage.consumer_username), usage.consumer_username != '')
        AS consumer_username,
    argMaxIf(usage.consumer_custom_id, (usage.hour, usage.consumer_custom_id), usage.consumer_custom_id != '')
        AS consumer_custom_id,
    sum(usage.requests) AS requests,
    sumIf(usage.requests, usage.status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(usage.requests, usage.status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(usage.requests, usage.status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(usage.requests, usage.status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(usage.requests, usage.status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(usage.requests, usage.status NOT BETWEEN 100 AND 599) AS status_unknown,
    sum(usage.request_bytes) AS request_bytes,
    sum(usage.response_bytes) AS response_bytes
FROM api_usage_hourly AS usage FINAL
WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
GROUP BY period, consumer_id
-- A consumer that was renamed within the period is found by its old name too, and always shown whole.
HAVING empty({consumers:Array(String)})
    OR has({consumers:Array(String)}, consumer_id)
    OR hasAny(groupUniqArray(usage.consumer_username), {consumers:Array(String)})
    OR hasAny(groupUniqArray(usage.consumer_custom_id), {consumers:Array(String)})
ORDER BY period, consumer_id
SETTINGS do_not_merge_across_partitions_select_final = 1

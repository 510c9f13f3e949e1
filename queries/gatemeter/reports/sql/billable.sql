-- Purpose: what to bill: requests, status classes and bytes per period and consumer.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); period, time_zone, subject and consumers as in
--   parts/named.sql and parts/chosen.sql.
-- Columns: period, consumer_id (the billing subject), consumer_username, consumer_custom_id, requests,
--   billable_requests and not_billable_requests (which add up to them), status_1xx .. status_5xx, status_unknown, request_bytes, response_bytes (NULL where no request has a size),
--   requests_without_request_bytes, requests_without_response_bytes, request_bytes_kind, response_bytes_kind (what was
--   added up, as in body+wire; '' where nothing was); by period and billing subject.
-- FINAL hides replaced rows whether or not the parts were merged. A consumer's names are the latest that are not empty
-- (of equally late ones the greatest), so that they do not depend on how the log was cut into epochs.
WITH
    usage AS
    (
        $usage
    ),
    ${named},
    ${chosen}
SELECT
    period,
    billing_subject AS consumer_id,
    argMaxIf(chosen.consumer_username, (chosen.last_hour, chosen.consumer_username), chosen.consumer_username != '')
        AS consumer_username,
    argMaxIf(chosen.consumer_custom_id, (chosen.last_hour, chosen.consumer_custom_id), chosen.consumer_custom_id != '')
        AS consumer_custom_id,
    sum(chosen.requests) AS requests,
    -- As plans.billable_rule.DEFAULT_RULE says it.
    sumIf(chosen.requests, chosen.source != 'kong' OR chosen.status BETWEEN 100 AND 399) AS billable_requests,
    requests - billable_requests AS not_billable_requests,
    sumIf(chosen.requests, chosen.status BETWEEN 100 AND 199) AS status_1xx,
    sumIf(chosen.requests, chosen.status BETWEEN 200 AND 299) AS status_2xx,
    sumIf(chosen.requests, chosen.status BETWEEN 300 AND 399) AS status_3xx,
    sumIf(chosen.requests, chosen.status BETWEEN 400 AND 499) AS status_4xx,
    sumIf(chosen.requests, chosen.status BETWEEN 500 AND 599) AS status_5xx,
    sumIf(chosen.requests, chosen.status NOT BETWEEN 100 AND 599) AS status_unknown,
    if(
        sumIf(chosen.requests, chosen.request_bytes_kind != 'unknown') = 0 AND requests_without_request_bytes != 0,
        NULL,
        sum(chosen.request_bytes)
    ) AS request_bytes,
    if(
        sumIf(chosen.requests, chosen.response_bytes_kind != 'unknown') = 0 AND requests_without_response_bytes != 0,
        NULL,
        sum(chosen.response_bytes)
    ) AS response_bytes,
    sumIf(chosen.requests, chosen.request_bytes_kind = 'unknown') AS requests_without_request_bytes,
    sumIf(chosen.requests, chosen.response_bytes_kind = 'unknown') AS requests_without_response_bytes,
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(chosen.request_bytes_kind = '', 'as sent', chosen.request_bytes_kind), chosen.request_bytes_kind != 'unknown'
        )),
        '+'
    ) AS request_bytes_kind,
    arrayStringConcat(
        arraySort(groupUniqArrayIf(
            if(chosen.response_bytes_kind = '', 'as sent', chosen.response_bytes_kind), chosen.response_bytes_kind != 'unknown'
        )),
        '+'
    ) AS response_bytes_kind
FROM chosen
GROUP BY period, billing_subject
-- As texts, the hours of a clock that is put back would be in the wrong order.
ORDER BY if({period:String} = 'hour', min(chosen.hour), toDateTime(0, 'UTC')), period, billing_subject
SETTINGS do_not_merge_across_partitions_select_final = 1

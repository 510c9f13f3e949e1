-- Purpose: which services, routes and consumers were called, by the ids and names that events tell.
-- Parameters: from, to DateTime('UTC'); known_from, known_to Array(DateTime('UTC')), hours of which snapshots list all
--   services, routes and consumers, in this order.
-- Columns: kind, workspace, id, names, service (of a route); last_ever, the last hour before `to` with a call, Unix seconds; and
--   of the hours in [from, to) and [known_from, known_to): requests, first and last hour.
--   Requests are of HTTP and sessions of streams; of a log that tells of models or agents alone, their calls.
SELECT
    called.1 AS kind,
    workspace,
    called.2 AS id,
    arrayFilter(each -> each != '', called.3) AS names,
    called.4 AS service,
    maxIf(hour_s, counts > 0) AS last_ever,
    sumIf(counts, is_asked) AS requests,
    minIf(hour_s, is_asked AND counts > 0) AS first_called,
    maxIf(hour_s, is_asked AND counts > 0) AS last_called,
    sumIf(counts, is_known) AS known_requests,
    minIf(hour_s, is_known AND counts > 0) AS first_known,
    maxIf(hour_s, is_known AND counts > 0) AS last_known
FROM
(
    SELECT
        *,
        toInt64(toUnixTimestamp(hour)) AS hour_s,
        if(requests + sessions != 0, requests + sessions, if(llm_calls != 0, llm_calls, agentic_calls)) AS counts,
        hour >= {from:DateTime('UTC')} AS is_asked,
        arrayJoin(
            [
                ('service', service_id, [service_name], '', 1),
                ('route', route_id, [route_name], if(service_name != '', service_name, service_id), 2),
                ('consumer', consumer_id, [consumer_username, consumer_custom_id], '', 3)
            ]
        ) AS called,
        hour >= {known_from:Array(DateTime('UTC'))}[called.5] AND hour < {known_to:Array(DateTime('UTC'))}[called.5] AS is_known
    FROM
    (
        SELECT
            hour, workspace, service_id, service_name, route_id, route_name, consumer_id, consumer_username,
            consumer_custom_id,
            sumIf(amount, source = 'api') AS requests,
            sumIf(amount, source = 'streams') AS sessions,
            sumIf(amount, source = 'llm') AS llm_calls,
            sumIf(amount, source = 'agentic') AS agentic_calls
        FROM
        (
            SELECT
                'api' AS source, hour, workspace, service_id, service_name, route_id, route_name, consumer_id,
                consumer_username, consumer_custom_id, toInt64(requests) AS amount
            FROM api_usage_by_hour
            WHERE hour < {to:DateTime('UTC')}
            UNION ALL
            SELECT
                'streams' AS source, hour, workspace, service_id, service_name, route_id, route_name, consumer_id,
                consumer_username, consumer_custom_id, toInt64(sessions) AS amount
            FROM stream_sessions_by_hour
            WHERE hour < {to:DateTime('UTC')}
            UNION ALL
            SELECT
                'llm' AS source, hour, workspace, service_id, service_name, route_id, route_name, consumer_id,
                consumer_username, consumer_custom_id, toInt64(calls) AS amount
            FROM llm_usage_by_hour
            WHERE hour < {to:DateTime('UTC')}
            UNION ALL
            SELECT
                'agentic' AS source, hour, workspace, service_id, service_name, route_id, route_name, consumer_id,
                consumer_username, consumer_custom_id, toInt64(calls) AS amount
            FROM agentic_usage_by_hour
            WHERE hour < {to:DateTime('UTC')}
        )
        GROUP BY
            hour, workspace, service_id, service_name, route_id, route_name, consumer_id, consumer_username,
            consumer_custom_id
    )
)
WHERE id != '' OR notEmpty(names)
GROUP BY kind, workspace, id, names, service
HAVING last_ever > 0
ORDER BY kind, workspace, names, id

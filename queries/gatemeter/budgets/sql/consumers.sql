-- Purpose: the consumers of a time, each with all names that its usage was written with.
-- Parameters: from, to DateTime('UTC'), and those of reports/parts/named.sql and reports/parts/chosen.sql.
-- Columns: consumer (the billing subject), names (its ids, user names and custom ids, '' for none).
WITH
    usage AS
    (
        SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id
        FROM api_usage_hourly
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        UNION ALL
        SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id
        FROM llm_usage_hourly
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        UNION ALL
        SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id
        FROM agentic_usage_hourly
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        UNION ALL
        SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id
        FROM meter_usage_hourly
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        UNION ALL
        SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id
        FROM stream_sessions_hourly
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    ),
    ${reports/named},
    ${reports/chosen}
SELECT billing_subject AS consumer, groupUniqArray((consumer_id, consumer_username, consumer_custom_id)) AS names
FROM chosen
GROUP BY consumer

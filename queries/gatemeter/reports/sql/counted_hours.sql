-- Purpose: of which hours of a time usage is stored.
-- Parameters: from, to DateTime('UTC').
-- Columns: hours, how many rows; first_hour and last_hour, Unix seconds.
SELECT
    count() AS hours,
    toInt64(toUnixTimestamp(min(hour))) AS first_hour,
    toInt64(toUnixTimestamp(max(hour))) AS last_hour
FROM
(
    SELECT hour FROM api_usage_hourly
    UNION ALL
    SELECT hour FROM stream_sessions_hourly
    UNION ALL
    SELECT hour FROM llm_usage_hourly
    UNION ALL
    SELECT hour FROM agentic_usage_hourly
)
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}

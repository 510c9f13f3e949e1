-- Purpose: usage that no touch tells of: `_by_day` and `_by_month` do not show it.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: table, log, partition, hour (Unix seconds); the first 1,000.
SELECT DISTINCT table, log, partition, toUnixTimestamp(hour) AS hour
FROM
(
    SELECT DISTINCT 'api_usage_hourly' AS table, hour, log, partition FROM api_usage_hourly
    UNION ALL
    SELECT DISTINCT 'llm_usage_hourly', hour, log, partition FROM llm_usage_hourly
    UNION ALL
    SELECT DISTINCT 'agentic_usage_hourly', hour, log, partition FROM agentic_usage_hourly
    UNION ALL
    SELECT DISTINCT 'stream_sessions_hourly', hour, log, partition FROM stream_sessions_hourly
    UNION ALL
    SELECT DISTINCT 'meter_usage_hourly', hour, log, partition FROM meter_usage_hourly
) AS usage
WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
    AND (table, usage.hour, log, partition) NOT IN (SELECT table, hour, log, partition FROM usage_touches)
ORDER BY table, log, partition, hour
LIMIT 1000

-- Purpose: where the days of a time zone begin within a span.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); time_zone String.
-- Columns: day (2026-02-03), start_s, its first hour of the span in Unix seconds; in their order.
SELECT
    formatDateTime({from:DateTime('UTC')} + INTERVAL number HOUR, '%Y-%m-%d', {time_zone:String}) AS day,
    toInt64(min(toUnixTimestamp({from:DateTime('UTC')} + INTERVAL number HOUR))) AS start_s
FROM numbers(toUInt64(dateDiff('hour', {from:DateTime('UTC')}, {to:DateTime('UTC')})))
GROUP BY day
ORDER BY start_s

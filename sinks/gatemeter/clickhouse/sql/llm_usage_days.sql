-- Purpose: the days (UTC) with calls to models in a span of time, so that their rows can be read in portions.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: day.
SELECT DISTINCT toDate(hour, 'UTC') AS day
FROM llm_usage_hourly
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
ORDER BY day

-- Purpose: the days (UTC) of a span that have usage of models, so that the rows can be read day by day.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: day.
SELECT DISTINCT toDate(hour, 'UTC') AS day
FROM llm_usage_hourly
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
ORDER BY day

-- Purpose: the rows of usage per minute, with the columns that they have of the rows per hour: the minute is in the place of
-- the hour. No consumer is known; nobody may ask for some of them (metrics/metrics_query.py).
-- Parameters: from, to DateTime('UTC'), minutes in [from, to).
-- Columns: those of api_usage_minutely, hour in place of minute, and the consumer's three names, which are ''.
SELECT * EXCEPT minute, minute AS hour, '' AS consumer_id, '' AS consumer_username, '' AS consumer_custom_id
FROM api_usage_minutely FINAL
WHERE minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}

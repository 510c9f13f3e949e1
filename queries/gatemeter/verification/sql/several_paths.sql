-- Purpose: whether there is more than one path, as parts/path_counts.sql tells them apart.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: are_several.
SELECT count() > 1 AS are_several
FROM
(
    SELECT DISTINCT log, request_bytes_kind, response_bytes_kind, source = ''
    FROM api_usage_hourly
    WHERE
        hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        AND NOT startsWith(log, 'replay:') AND NOT startsWith(log, 'correction:')
    LIMIT 2
)

-- Purpose: what was imported, of one kind of period.
-- Parameters: source String, '' for all; period_kind String.
-- Columns: source, period, consumer_id, consumer_username, consumer_custom_id, requests, status_1xx .. status_5xx,
--   status_unknown (NULL where the source does not tell), file, line, imported_at (text); by source, period and consumer.
SELECT
    source,
    period,
    consumer_id,
    consumer_username,
    consumer_custom_id,
    requests,
    status_1xx,
    status_2xx,
    status_3xx,
    status_4xx,
    status_5xx,
    status_unknown,
    file,
    line,
    formatDateTime(imported.imported_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS imported_at
FROM imported_usage AS imported FINAL
WHERE {source:String} IN ('', source) AND period_kind = {period_kind:String}
ORDER BY source, period, consumer_id, consumer_username, consumer_custom_id

-- Purpose: when something was stored and sealed last, and the newest hour of usage.
-- Parameters: none.
-- Columns: last_stored_at, last_sealed_at, newest_hour: UTC, ISO 8601, '' where there is none.
WITH '%Y-%m-%dT%H:%i:%SZ' AS iso
SELECT
    (SELECT if(count() = 0, '', formatDateTime(max(counted_at), iso, 'UTC')) FROM counted_ends) AS last_stored_at,
    (SELECT if(count() = 0, '', formatDateTime(max(sealed_at), iso, 'UTC')) FROM seals) AS last_sealed_at,
    (SELECT if(count() = 0, '', formatDateTime(max(hour), iso, 'UTC')) FROM api_usage_hourly) AS newest_hour

-- Purpose: of each month, counter and service the last comparison with the gateway's own counts.
-- Parameters: months Array(String), as 2026-02, empty for all; limit UInt64.
-- Columns: compared_at (UTC, ISO 8601), month ('' not known), counted_from ('' not known), counted_to (UTC, ISO 8601),
--   counter, service ('' for all), gateway_requests, counted_least, counted_most, dead_letters_most, gap_least, gap_most
--   (NULL where not known), restarts, cause, reason, is_finding; the newest month first, sums before services.
WITH '%Y-%m-%dT%H:%i:%SZ' AS iso
SELECT
    formatDateTime(latest.compared_at, iso, 'UTC') AS compared_at,
    latest.month AS month,
    ifNull(formatDateTime(latest.counted_from, iso, 'UTC'), '') AS counted_from,
    formatDateTime(latest.counted_to, iso, 'UTC') AS counted_to,
    latest.counter AS counter,
    latest.service AS service,
    latest.gateway_requests AS gateway_requests,
    latest.counted_least AS counted_least,
    latest.counted_most AS counted_most,
    latest.dead_letters_most AS dead_letters_most,
    latest.gap_least AS gap_least,
    latest.gap_most AS gap_most,
    latest.restarts AS restarts,
    latest.cause AS cause,
    latest.reason AS reason,
    latest.is_finding AS is_finding
FROM
(
    SELECT *
    FROM gateway_comparisons FINAL
    WHERE empty({months:Array(String)}) OR has({months:Array(String)}, gateway_comparisons.month)
    ORDER BY compared_at DESC
    LIMIT 1 BY month, counter, service
) AS latest
ORDER BY month DESC, counter, service
LIMIT {limit:UInt64}

-- Purpose: what else of the store says how far its counts can be compared with a gateway's.
-- Parameters: topics Array(String), topics or files, empty for all.
-- Columns: first_hour_s (Unix seconds of the first hour with usage, 0 without any), last_stored_s (when something was
--   stored last, 0 if never), duplicates (copies of counted events), dead_letter_hours_s (the hours in which dead letters
--   that stand came, as Unix seconds; 0 where it is not known), dead_letter_counts (how many of each).
WITH
    counted_logs AS
    (
        SELECT DISTINCT log FROM epoch_ledger
        WHERE empty({topics:Array(String)}) OR has({topics:Array(String)}, topic)
    ),
    letters AS
    (
        SELECT toUnixTimestamp(toStartOfHour(ifNull(message_time, toDateTime64(0, 3, 'UTC')))) AS hour_s, count() AS letters
        FROM dead_letters FINAL
        WHERE log IN (counted_logs)
        GROUP BY hour_s
        ORDER BY hour_s
    )
SELECT
    (
        SELECT if(count() = 0, 0, toUnixTimestamp(min(hour)))
        FROM api_usage_hourly
        WHERE log IN (counted_logs)
    ) AS first_hour_s,
    (
        SELECT if(count() = 0, 0, toUnixTimestamp(toDateTime(max(counted_at), 'UTC')))
        FROM counted_ends
        WHERE log IN (counted_logs)
    ) AS last_stored_s,
    (SELECT sum(ledger.duplicates) FROM epoch_ledger AS ledger FINAL WHERE ledger.log IN (counted_logs)) AS duplicates,
    (SELECT groupArray(hour_s) FROM letters) AS dead_letter_hours_s,
    (SELECT groupArray(letters.letters) FROM letters) AS dead_letter_counts

-- Purpose: whether the event ledger holds any event, or was kept of any epoch.
-- Parameters: none.
-- Columns: in_use.
SELECT count() > 0 AS in_use
FROM
(
    SELECT 1 FROM event_ledger
    UNION ALL
    SELECT 1 FROM epoch_ledger WHERE first_event_time IS NOT NULL
    LIMIT 1
)

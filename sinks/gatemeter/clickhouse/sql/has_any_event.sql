-- Purpose: whether the event ledger was kept of any epoch, or holds any event.
-- Parameters: none.
-- Columns: found; one row if so, else none.
SELECT 1 AS found
FROM
(
    SELECT 1 FROM event_ledger
    UNION ALL
    SELECT 1 FROM epoch_ledger WHERE first_event_time IS NOT NULL
)
LIMIT 1

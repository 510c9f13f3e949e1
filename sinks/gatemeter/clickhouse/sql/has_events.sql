-- Purpose: whether the event ledger was kept of any epoch of a log, or holds any of its events.
-- Parameters: log String.
-- Columns: found; one row if so, else none.
SELECT 1 AS found
FROM
(
    SELECT 1 FROM event_ledger WHERE log = {log:String}
    UNION ALL
    SELECT 1 FROM epoch_ledger WHERE log = {log:String} AND first_event_time IS NOT NULL
)
LIMIT 1

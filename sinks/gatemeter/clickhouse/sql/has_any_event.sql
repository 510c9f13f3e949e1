-- Purpose: whether the event ledger holds any event.
-- Parameters: none.
-- Columns: found; one row if it does, else none.
SELECT 1 AS found
FROM event_ledger
LIMIT 1

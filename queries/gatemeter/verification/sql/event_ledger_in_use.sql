-- Purpose: whether the event ledger holds any event.
-- Parameters: none.
-- Columns: in_use.
SELECT count() > 0 AS in_use
FROM (SELECT 1 FROM event_ledger LIMIT 1)

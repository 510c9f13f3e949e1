-- Purpose: whether the event ledger holds any event of a log.
-- Parameters: log String.
-- Columns: found; one row if it does, else none.
SELECT 1 AS found
FROM event_ledger
WHERE log = {log:String}
LIMIT 1

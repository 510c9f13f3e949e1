-- Purpose: whether single events of a log are kept.
-- Parameters: log String.
-- Columns: one row if they are, none if not.
SELECT 1 AS found
FROM event_ledger
WHERE log = {log:String}
LIMIT 1

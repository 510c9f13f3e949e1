-- Purpose: whether requests of any epoch were ever counted per minute.
-- Parameters: none.
-- Columns: found; one row if so, else none.
SELECT 1 AS found
FROM epoch_ledger
WHERE minutes_from IS NOT NULL
LIMIT 1

-- Purpose: how the table of events is made, which says after how many days they expire.
-- Parameters: none.
-- Columns: engine_full.
SELECT engine_full
FROM system.tables
WHERE database = currentDatabase() AND name = 'event_ledger'

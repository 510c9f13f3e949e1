-- Purpose: the topics and files that were counted.
-- Columns: topic; by name.
SELECT DISTINCT topic
FROM epoch_ledger FINAL
ORDER BY topic

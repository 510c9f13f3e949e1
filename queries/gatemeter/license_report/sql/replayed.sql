-- Purpose: how many dead letters were replayed: those without a time have left the bucket UNKNOWN.
-- Parameters: topics Array(String), as in months.sql.
-- Columns: dead_letters.
SELECT sum(consumed) AS dead_letters
FROM epoch_ledger FINAL
WHERE startsWith(log, 'replay:') AND (empty({topics:Array(String)}) OR topic IN {topics:Array(String)})

-- Purpose: the epochs of a log that have rows in one table, whether or not the ledger knows them.
-- Parameters: table Identifier; log String.
-- Columns: partition, epoch_first_offset.
SELECT DISTINCT partition, epoch_first_offset
FROM {table:Identifier}
WHERE log = {log:String}

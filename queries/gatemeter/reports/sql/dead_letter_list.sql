-- Purpose: dead letters that stand, in the order of their logs.
-- Parameters: as in parts/chosen_letters.sql; limit UInt64.
-- Columns: those of parts/letter_columns.sql.
WITH ${chosen_letters}
SELECT
    ${letter_columns}
FROM chosen_letters
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

-- Purpose: dead letters that stand, in the order of their logs.
-- Parameters: as in parts/chosen_dead_letters.sql; limit UInt64.
-- Columns: those of parts/dead_letter_columns.sql.
WITH ${chosen_dead_letters}
SELECT
    ${dead_letter_columns}
FROM chosen_dead_letters
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

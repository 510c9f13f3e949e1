-- Purpose: dead letters that stand and whose kept text holds a text, in the order of their logs.
-- Parameters: text String; limit UInt64.
-- Columns: those of parts/letter_columns.sql.
SELECT
    ${letter_columns}
FROM dead_letter_list
WHERE position(raw, {text:String}) > 0
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

-- Purpose: the next dead letters that stand after a place, in the order of their logs, with their texts.
-- Parameters: as in parts/chosen_letters.sql; at_log String, at_partition Int32, at_offset Int64, at_line UInt32,
--   at_event_index UInt32, the place; limit UInt64.
-- Columns: those of parts/letter_columns.sql and parts/letter_text.sql.
WITH ${chosen_letters}
SELECT
    ${letter_columns},
    ${letter_text}
FROM chosen_letters
WHERE log >= {at_log:String}
    AND (log, partition, offset, line, event_index)
        > ({at_log:String}, {at_partition:Int32}, {at_offset:Int64}, {at_line:UInt32}, {at_event_index:UInt32})
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

-- Purpose: the next dead letters that stand after a place, in the order of their logs, with their texts.
-- Parameters: as in parts/chosen_dead_letters.sql; at_log String, at_partition Int32, at_offset Int64, at_line UInt32,
--   at_event_index UInt32, the place; limit UInt64.
-- Columns: those of parts/dead_letter_columns.sql and parts/dead_letter_text.sql.
WITH ${chosen_dead_letters}
SELECT
    ${dead_letter_columns},
    ${dead_letter_text}
FROM chosen_dead_letters
WHERE log >= {at_log:String}
    AND (log, partition, offset, line, event_index)
        > ({at_log:String}, {at_partition:Int32}, {at_offset:Int64}, {at_line:UInt32}, {at_event_index:UInt32})
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

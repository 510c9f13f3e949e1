-- Purpose: the sizes of the next dead letters that stand after a place, so that a page of texts fits into memory.
-- Parameters: as in dead_letter_page.sql.
-- Columns: raw_size_bytes; in the order of their logs.
WITH ${chosen_dead_letters}
SELECT raw_size_bytes
FROM chosen_dead_letters
WHERE log >= {at_log:String}
    AND (log, partition, offset, line, event_index)
        > ({at_log:String}, {at_partition:Int32}, {at_offset:Int64}, {at_line:UInt32}, {at_event_index:UInt32})
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}

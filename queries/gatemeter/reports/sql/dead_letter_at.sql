-- Purpose: the dead letter that stands at a place, with its text.
-- Parameters: at_log String, at_partition Int32, at_offset Int64, at_line UInt32, at_event_index UInt32.
-- Columns: those of parts/dead_letter_columns.sql and parts/dead_letter_text.sql; one row, or none.
SELECT
    ${dead_letter_columns},
    ${dead_letter_text}
FROM dead_letter_list
WHERE log = {at_log:String}
    AND partition = {at_partition:Int32}
    AND offset = {at_offset:Int64}
    AND line = {at_line:UInt32}
    AND event_index = {at_event_index:UInt32}

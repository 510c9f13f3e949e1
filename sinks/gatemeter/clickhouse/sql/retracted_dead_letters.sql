-- Purpose: the positions of retracted dead letters, which were replayed, corrected, or completed since.
-- Parameters: log String; partition Int32; from_offset, to_offset Int64, offsets in [from, to).
-- Columns: offset, line, event_index.
SELECT DISTINCT offset, line, event_index
FROM dead_letters
WHERE log = {log:String} AND partition = {partition:Int32} AND is_deleted
    AND offset >= {from_offset:Int64} AND offset < {to_offset:Int64}

-- Purpose: the stored rows of a range of offsets in a table whose key is the location in the log, from any epoch.
-- Parameters: table Identifier; log String; partition Int32; from_offset, to_offset Int64, offsets in [from, to).
-- Columns: all of the table in order, but not the encrypted originals of dead letters: nothing compares them.
SELECT * EXCEPT original
FROM {table:Identifier} FINAL
WHERE log = {log:String} AND partition = {partition:Int32}
    AND offset >= {from_offset:Int64} AND offset < {to_offset:Int64}
SETTINGS do_not_merge_across_partitions_select_final = 1

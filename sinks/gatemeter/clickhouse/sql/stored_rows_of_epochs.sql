-- Purpose: the stored rows of some epochs of a log in one table, each at its highest version.
-- Parameters: table Identifier; log String; partition Int32; first_offsets Array(Int64), of the epochs.
-- Columns: all of the table in order.
SELECT *
FROM {table:Identifier} FINAL
WHERE log = {log:String} AND partition = {partition:Int32}
    AND has({first_offsets:Array(Int64)}, epoch_first_offset)
SETTINGS do_not_merge_across_partitions_select_final = 1

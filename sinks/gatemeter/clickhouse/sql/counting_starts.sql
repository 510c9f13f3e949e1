-- Purpose: where counting of the partitions of one log begins, which a worker reads before it begins.
-- Parameters: log String, the log's identity; reasons Array(String), all reasons that there are.
-- Columns: partition, first_offset, reason (a StartReason).
SELECT partition, first_offset, reason
FROM counting_starts FINAL
WHERE log = {log:String} AND reason IN {reasons:Array(String)}

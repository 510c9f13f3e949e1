-- Purpose: how far each partition of a log is stored.
-- Parameters: log String, the identity of the log.
-- Columns: partition, next_offset, the first offset that is not stored; of a partition without rows where counting began.
SELECT
    partition,
    toInt64(max(next_offset)) AS next_offset
FROM
(
    SELECT partition, version AS next_offset FROM epoch_ledger FINAL WHERE log = {log:String} AND log_kind = 'kafka'
    UNION ALL
    SELECT partition, first_offset FROM counting_starts FINAL WHERE log = {log:String}
)
GROUP BY partition
ORDER BY partition

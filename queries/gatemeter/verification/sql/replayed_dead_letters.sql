-- Purpose: the locations of the dead letters of a log that were replayed: that the ledger counts, or that are retracted
--   by a replay.
-- Parameters: log String, of the dead letters.
-- Columns: log, partition, offset, line, event_index; in the order of the log.
SELECT
    {log:String} AS log,
    toInt32OrZero(parts[1]) AS partition,
    toInt64OrZero(parts[2]) AS offset,
    toUInt32OrZero(parts[3]) AS line,
    toUInt32OrZero(parts[4]) AS event_index
FROM
(
    SELECT DISTINCT arraySlice(splitByChar(':', content_hash), 1, 4) AS parts
    FROM epoch_ledger FINAL
    WHERE log_kind = 'replay' AND log = concat('replay:', {log:String})
    UNION DISTINCT
    SELECT DISTINCT
        [toString(partition), toString(offset), toString(line), toString(event_index)] AS parts
    FROM dead_letters
    WHERE log = {log:String} AND is_deleted AND epoch_first_offset = -1
)
ORDER BY partition, offset, line, event_index

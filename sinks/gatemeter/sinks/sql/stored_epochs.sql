-- Purpose: what the ledger knows of a log's epochs, read by a worker before it goes on with the log.
-- Parameters: log String, the log's identity.
-- Columns: partition, epoch_first_offset, version, epoch_size, content_hash, unterminated_line.
SELECT
    partition,
    epoch_first_offset,
    version,
    epoch_size,
    content_hash,
    unterminated_line
FROM epoch_ledger FINAL
WHERE log = {log:String}
ORDER BY partition, epoch_first_offset

-- Purpose: the ledger's epochs of a log, which a worker reads before it continues with the log.
-- Parameters: log String, the log's identity.
-- Columns: partition, epoch_first_offset, version, epoch_size, content_hash, unterminated_line, rules, has_events (1: the
--   event ledger was given them), consumed, counted, duplicates, dead_letters, other_kind, fields_left_out.
SELECT
    partition,
    epoch_first_offset,
    version,
    epoch_size,
    content_hash,
    unterminated_line,
    rules,
    first_event_time IS NOT NULL AS has_events,
    consumed,
    counted,
    duplicates,
    dead_letters,
    other_kind,
    fields_left_out
FROM epoch_ledger FINAL
WHERE log = {log:String}
ORDER BY partition, epoch_first_offset

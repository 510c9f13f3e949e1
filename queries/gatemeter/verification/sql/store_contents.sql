-- Purpose: what a store holds at all, replaced versions of rows included, so that nobody asks about what is not there.
-- Parameters: none.
-- Columns: replays (epochs of replays, and dead letters that one retracted), corrections (epochs of corrections, and
--   their reasons), events (rows of the event ledger), corrected_events (of them, those that are said to be retracted),
--   first_event_ms (Unix, of the epochs that were counted with the event ledger; NULL without any).
SELECT
    countIf(log_kind = 'replay')
        + (SELECT count() FROM dead_letters WHERE is_deleted = 1 AND epoch_first_offset = -1) AS replays,
    countIf(log_kind = 'correction') + (SELECT count() FROM corrections) AS corrections,
    (SELECT count() FROM event_ledger) AS events,
    (SELECT count() FROM event_ledger WHERE outcome = 'corrected') AS corrected_events,
    toUnixTimestamp64Milli(min(first_event_time)) AS first_event_ms
FROM epoch_ledger

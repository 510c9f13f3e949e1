-- Purpose: how much the store holds that is verified.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: logs, epochs and events (of Kafka and files), replays and corrections (epochs of one event each);
--   unkeyed (messages without a key), copies (duplicates of Kafka) and slimmed (epochs with events that were cut), each
--   of which another query says more about where there are any.
WITH ${checked_epochs}
SELECT
    uniqExactIf(log, log_kind IN ('kafka', 'file')) AS logs,
    countIf(log_kind IN ('kafka', 'file')) AS epochs,
    sumIf(consumed, log_kind IN ('kafka', 'file')) AS events,
    countIf(log_kind = 'replay') AS replays,
    countIf(log_kind = 'correction') AS corrections,
    sumIf(unkeyed, log_kind = 'kafka') AS unkeyed,
    sumIf(duplicates, log_kind = 'kafka') AS copies,
    countIf(slimmed != '') AS slimmed
FROM checked_epochs
SETTINGS do_not_merge_across_partitions_select_final = 1

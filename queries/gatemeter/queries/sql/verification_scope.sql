-- Purpose: how much there is to verify.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: logs, epochs (those of replays and corrections too), events (consumed from the logs).
WITH ${checked_epochs}
SELECT
    uniqExactIf(log, log_kind IN ('kafka', 'file')) AS logs,
    count() AS epochs,
    sumIf(consumed, log_kind IN ('kafka', 'file')) AS events
FROM checked_epochs
SETTINGS do_not_merge_across_partitions_select_final = 1

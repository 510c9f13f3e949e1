-- Purpose: the epochs that are reconciled with their logs.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: log, topic, log_kind, epochs: an array of (partition, epoch_first_offset).
WITH ${checked_epochs}
SELECT
    log,
    any(topic) AS topic,
    any(log_kind) AS log_kind,
    groupArray((partition, epoch_first_offset)) AS epochs
FROM checked_epochs
GROUP BY log
ORDER BY topic, log
SETTINGS do_not_merge_across_partitions_select_final = 1

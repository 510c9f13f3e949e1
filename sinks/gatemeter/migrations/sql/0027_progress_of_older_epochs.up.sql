-- Purpose: the progress of partitions that were counted before it was recorded (0019), as the epoch ledger has it now.
-- An epoch that is complete is never written again, so nothing else would ever record how far it reaches.
--
-- When a partition was stored last, and why its counting began behind the first offset, the ledger does not say: the
-- times are 0, and the reason is 'unrecorded'. A start that is recorded stays, also where the epochs begin behind it.
INSERT INTO ${database}.counted_ends
    (log, partition, version, topic, log_kind, counted_at)
SELECT log, partition, next_offset, topic, log_kind, toDateTime64(0, 3, 'UTC')
FROM
(
    SELECT log, partition, max(ledger.version) AS next_offset, any(ledger.topic) AS topic,
        any(ledger.log_kind) AS log_kind
    FROM ${database}.epoch_ledger AS ledger FINAL
    WHERE ledger.log_kind IN ('kafka', 'file')
    GROUP BY log, partition
)
WHERE (log, partition, next_offset) NOT IN (SELECT log, partition, version FROM ${database}.counted_ends);
INSERT INTO ${database}.counting_starts
    (log, partition, version, first_offset, topic, reason, recorded_at)
SELECT log, partition, -first_counted, first_counted, topic, 'unrecorded', toDateTime64(0, 3, 'UTC')
FROM
(
    SELECT log, partition, min(ledger.epoch_first_offset) AS first_counted, any(ledger.topic) AS topic
    FROM ${database}.epoch_ledger AS ledger FINAL
    WHERE ledger.log_kind IN ('kafka', 'file')
    GROUP BY log, partition
)
WHERE first_counted > 0 AND (log, partition) NOT IN (SELECT log, partition FROM ${database}.counting_starts);

-- Purpose: partitions whose first account does not begin at offset 0: counting began later, or retention was faster.
-- Parameters: none.
-- Columns: topic, log, partition, first_offset.
SELECT
    any(topic) AS topic,
    log,
    partition,
    min(epoch_first_offset) AS first_offset
FROM epoch_ledger FINAL
WHERE log_kind IN ('kafka', 'file')
GROUP BY log, partition
HAVING first_offset > 0
ORDER BY topic, log, partition
LIMIT 1000

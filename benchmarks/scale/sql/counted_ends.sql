-- Purpose: how far each partition was counted, as its last epoch says.
INSERT INTO counted_ends (log, partition, version, topic, log_kind, counted_at)
SELECT log, partition, max(version), any(topic), any(log_kind), now64(3)
FROM epoch_ledger
GROUP BY log, partition

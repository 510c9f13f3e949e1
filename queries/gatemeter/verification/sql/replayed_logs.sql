-- Purpose: the logs of which dead letters were replayed.
-- Parameters: none.
-- Columns: log, topic.
SELECT substring(log, length('replay:') + 1) AS log, any(topic) AS topic
FROM epoch_ledger FINAL
WHERE log_kind = 'replay'
GROUP BY log
ORDER BY topic, log

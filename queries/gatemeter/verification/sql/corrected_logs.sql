-- Purpose: the logs that have corrections, or accounts of corrections.
-- Parameters: none.
-- Columns: log, topic.
SELECT log, any(topic) AS topic
FROM
(
    SELECT log, topic FROM corrections FINAL
    UNION ALL
    SELECT substring(log, length('correction:') + 1), topic FROM epoch_ledger FINAL WHERE log_kind = 'correction'
)
GROUP BY log
ORDER BY topic, log

-- Purpose: the logs that have epochs, or seals.
-- Parameters: none.
-- Columns: log, has_seals.
SELECT log, max(is_sealed) AS has_seals
FROM
(
    SELECT DISTINCT log, 0 AS is_sealed FROM epoch_ledger
    UNION ALL
    SELECT DISTINCT log, 1 AS is_sealed FROM seals
)
GROUP BY log
ORDER BY log

-- Purpose: the tries to tell targets of crossings.
-- Parameters: since DateTime('UTC').
-- Columns: those of budget_deliveries.
SELECT *
FROM budget_deliveries
WHERE attempted_at >= {since:DateTime('UTC')}
ORDER BY attempted_at, crossing_id, target, attempt

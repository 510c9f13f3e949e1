-- Purpose: the crossings of budgets that were found lately.
-- Parameters: since DateTime('UTC').
-- Columns: those of budget_crossings, each id once; in the order in which they were found.
SELECT *
FROM budget_crossings FINAL
WHERE found_at >= {since:DateTime('UTC')}
ORDER BY found_at, id

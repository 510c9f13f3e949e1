-- Purpose: the crossings of budgets that were found lately.
-- Parameters: since DateTime('UTC'); ending String, with which ids of a topic end, '' for those without one.
-- Columns: those of budget_crossings, each id once; in the order in which they were found.
SELECT *
FROM budget_crossings FINAL
WHERE found_at >= {since:DateTime('UTC')}
    AND if({ending:String} = '', position(id, '-') = 0, endsWith(id, {ending:String}))
ORDER BY found_at, id

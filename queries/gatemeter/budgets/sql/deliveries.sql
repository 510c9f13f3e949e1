-- Purpose: the tries to tell targets of crossings.
-- Parameters: since DateTime('UTC'); ending String, with which ids of a topic end, '' for those without one.
-- Columns: those of budget_deliveries.
SELECT *
FROM budget_deliveries
WHERE attempted_at >= {since:DateTime('UTC')}
    AND if({ending:String} = '', position(crossing_id, '-') = 0, endsWith(crossing_id, {ending:String}))
ORDER BY attempted_at, crossing_id, target, attempt

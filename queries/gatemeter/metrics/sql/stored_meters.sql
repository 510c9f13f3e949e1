-- Purpose: the custom meters of which rows are stored, with the groups that they were declared with.
-- Parameters: allowed_consumers, allowed_workspaces Array(String) as in reports/parts/named.sql.
-- Columns: meter, declaration, group_names (joined by commas), aggregation (sum or unique).
SELECT DISTINCT meter, declaration, group_names, aggregation
FROM meter_usage_hourly
WHERE (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, workspace))
    AND (
        empty({allowed_consumers:Array(String)})
        OR hasAny([consumer_id, consumer_username, consumer_custom_id], {allowed_consumers:Array(String)})
    )
ORDER BY meter, declaration

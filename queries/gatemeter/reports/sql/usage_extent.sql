-- Purpose: which hours of usage are stored at all, and of the consumers that a report asks for.
-- Parameters: usage_table Identifier, a table with consumers and hours; consumers and consumer_names Array(String),
--   allowed_consumers and allowed_workspaces as in parts/named.sql.
-- Columns: row_count; first_hour and last_hour, Unix seconds; known_count, rows of the consumers; known_first_hour and
--   known_last_hour of those.
WITH
    hasAny([consumer_id, consumer_username, consumer_custom_id], {consumer_names:Array(String)})
    OR hasAny(
        [
            concat(workspace, '/', consumer_username), concat(workspace, '/', consumer_custom_id),
            if(consumer_id = '', 'anonymous', '')
        ],
        {consumers:Array(String)}
    ) AS is_known
SELECT
    count() AS row_count,
    toInt64(toUnixTimestamp(min(hour))) AS first_hour,
    toInt64(toUnixTimestamp(max(hour))) AS last_hour,
    countIf(is_known) AS known_count,
    toInt64(toUnixTimestamp(minIf(hour, is_known))) AS known_first_hour,
    toInt64(toUnixTimestamp(maxIf(hour, is_known))) AS known_last_hour
FROM {usage_table:Identifier}
WHERE (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, workspace))
    AND (
        empty({allowed_consumers:Array(String)})
        OR hasAny([consumer_id, consumer_username, consumer_custom_id], {allowed_consumers:Array(String)})
    )

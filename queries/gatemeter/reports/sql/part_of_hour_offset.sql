-- Purpose: whether hours are stored in which a time zone is not whole hours from UTC, so that its days begin within them.
-- Parameters: usage_table Identifier, a table with consumers and hours; time_zone String; from, to DateTime('UTC'), hours
--   in [from, to); allowed_consumers and allowed_workspaces as in parts/named.sql.
-- Columns: hours, how many rows there are of such hours; first_hour_s, the first of them in Unix seconds.
SELECT count() AS hours, toInt64(toUnixTimestamp(min(hour))) AS first_hour_s
FROM {usage_table:Identifier}
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    AND timeZoneOffset(toTimeZone(hour, {time_zone:String})) % 3600 != 0
    AND (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, workspace))
    AND (
        empty({allowed_consumers:Array(String)})
        OR hasAny([consumer_id, consumer_username, consumer_custom_id], {allowed_consumers:Array(String)})
    )

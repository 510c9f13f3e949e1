-- Purpose: whether hours are stored in which a time zone is not whole hours from UTC, so that its days begin within them.
-- Parameters: usage_table Identifier, a table with hours; time_zone String; from, to DateTime('UTC'), hours in
--   [from, to).
-- Columns: hours, how many rows there are of such hours; first_hour_s, the first of them in Unix seconds.
SELECT count() AS hours, toInt64(toUnixTimestamp(min(hour))) AS first_hour_s
FROM {usage_table:Identifier}
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    AND timeZoneOffset(toTimeZone(hour, {time_zone:String})) % 3600 != 0

-- Purpose: the days (UTC) whose hours are of two periods of a time zone.
-- Parameters: from, to DateTime('UTC'), days with hours in [from, to); period String, one of week, month, year; time_zone
--   String.
-- Columns: day_s, the begin of the day in Unix seconds; in their order.
WITH
    toStartOfDay({from:DateTime('UTC')}, 'UTC') + INTERVAL number DAY AS day,
    multiIf({period:String} = 'week', '%G-%V', {period:String} = 'month', '%Y-%m', '%Y') AS period_form
SELECT toUnixTimestamp(day) AS day_s
FROM numbers(toUInt64(dateDiff('day', {from:DateTime('UTC')}, {to:DateTime('UTC')})) + 1)
WHERE formatDateTime(day, period_form, {time_zone:String})
    != formatDateTime(day + INTERVAL 23 HOUR, period_form, {time_zone:String})
ORDER BY day_s

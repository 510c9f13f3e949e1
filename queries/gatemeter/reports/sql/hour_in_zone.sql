-- Purpose: the first full hour, in UTC, at which a clock of a time zone shows some time, or a later one.
-- Parameters: clock_s Int64, what the clock shows, as seconds from 1970-01-01 00:00 of that clock; time_zone String.
-- Columns: hour_s, the hour in Unix seconds; late_s, how much later than clock_s the clock is then. No row if that is
--   after the last hour that a DateTime can hold.
-- No offset from UTC, and no change of an offset, is longer than the hours that are looked at.
WITH
    arrayJoin(range(-30, 31)) AS hours_off,
    {clock_s:Int64} + 3600 * hours_off AS candidate_s,
    candidate_s + timeZoneOffset(toTimeZone(toDateTime(candidate_s, 'UTC'), {time_zone:String})) AS shown_s
SELECT toInt64(candidate_s) AS hour_s, toInt64(shown_s - {clock_s:Int64}) AS late_s
WHERE candidate_s BETWEEN 0 AND toUnixTimestamp(toDateTime('2106-02-07 06:00:00', 'UTC'))
    AND shown_s >= {clock_s:Int64}
ORDER BY hour_s
LIMIT 1

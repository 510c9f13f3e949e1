-- Purpose: the rows of usage of the hours around the whole days, and of edge days.
-- Slots: base, the table without _hourly.
-- Parameters: from, to DateTime('UTC'), hours in [from, to) without days in [days_from, days_to) DateTime('UTC');
--   edge_days Array(UInt32), begins of days (Unix seconds) that are not left out.
-- Columns: those of the view in order, which are the same in all three.
SELECT *
FROM ${base}_by_hour
WHERE (hour >= {from:DateTime('UTC')} AND hour < {days_from:DateTime('UTC')})
    OR (hour >= {days_to:DateTime('UTC')} AND hour < {to:DateTime('UTC')})
    OR toUnixTimestamp(toStartOfDay(hour, 'UTC')) IN {edge_days:Array(UInt32)}

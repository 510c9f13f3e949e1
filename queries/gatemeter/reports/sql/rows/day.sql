-- Purpose: the rows of usage of the whole days around the whole months.
-- Slots: base, the table without _hourly.
-- Parameters: days_from, days_to DateTime('UTC'), days in [days_from, days_to) without months in [months_from,
--   months_to) DateTime('UTC'); edge_days Array(UInt32), begins of days (Unix seconds) that are left out.
-- Columns: those of the view in order, which are the same in all three.
SELECT *
FROM ${base}_by_day
WHERE (
        (hour >= {days_from:DateTime('UTC')} AND hour < {months_from:DateTime('UTC')})
        OR (hour >= {months_to:DateTime('UTC')} AND hour < {days_to:DateTime('UTC')})
    )
    -- A day that is not settled is there with its own hours.
    AND NOT has({edge_days:Array(UInt32)}, toUnixTimestamp(toStartOfDay(hour, 'UTC')))

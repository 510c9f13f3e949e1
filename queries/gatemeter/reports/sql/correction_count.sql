-- Purpose: how many events were retracted.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to).
-- Columns: corrections.
SELECT count() AS corrections
FROM corrections AS booked FINAL
WHERE booked.time >= {from:DateTime('UTC')} AND booked.time < {to:DateTime('UTC')}

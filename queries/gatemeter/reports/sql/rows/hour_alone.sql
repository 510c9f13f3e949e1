-- Purpose: the rows of usage of a span that is read by the hour alone. They are read from the table itself: the view by
-- hour has the same rows, but the server plans it as a query of its own.
-- Slots: base, the table without _hourly.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: those of the table, and last_hour.
SELECT *, hour AS last_hour
FROM ${base}_hourly FINAL
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}

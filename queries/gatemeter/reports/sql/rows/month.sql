-- Purpose: the rows of usage of whole months.
-- Slots: base, the table without _hourly.
-- Parameters: months_from, months_to DateTime('UTC'), months in [months_from, months_to).
-- Columns: those of the view in order, which are the same in all three.
SELECT *
FROM ${base}_by_month
WHERE hour >= {months_from:DateTime('UTC')} AND hour < {months_to:DateTime('UTC')}

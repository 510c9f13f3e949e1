-- Purpose: how often rows of usage of a time were about to be written, or were: a number that only grows.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: touches.
SELECT sum(touches) AS touches
FROM usage_touches
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}

-- Purpose: what attempts have written, to be held against what they should have: a row for each key.
-- Slots: target, the table of the rung; keys of its rows.
-- Parameters: from, to DateTime('UTC'), units in [from, to); settlings Array(UInt128), the attempts.
-- Columns: settling, rows, keys (how many different ones).
SELECT settling, count() AS rows, uniqExact(sipHash128($keys)) AS keys
FROM $target
WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} AND has({settlings:Array(UInt128)}, settling)
GROUP BY settling

-- Purpose: how many rows the units of a table are made of, replaced ones included.
-- Slots: source, a table of rows; unit, SQL of the first hour of the unit.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: log, partition, unit (Unix seconds), rows.
SELECT usage.log AS log, usage.partition AS partition, toUnixTimestamp($unit) AS unit, count() AS rows
FROM $source AS usage
WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
GROUP BY log, partition, unit

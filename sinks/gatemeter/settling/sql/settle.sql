-- Purpose: the rows of some units in a rung: what their rows in the rung below add up to, by key.
-- Slots: target, the table of the rung; columns of it; source, a view of the rung below; unit, SQL of the first hour of
--   the unit; keys and sums of the rows, in the order of the columns.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); logs Array(String), partitions Array(Int32), units
--   Array(UInt32) (Unix seconds), settlings Array(UInt128): the units, and the attempt that each is written by.
INSERT INTO $target ($columns)
SELECT
    $unit AS unit,
    $keys,
    attempt.settling,
    max(usage.last_hour),
    $sums
FROM $source AS usage
INNER JOIN
(
    SELECT place.1 AS log, place.2 AS partition, place.3 AS unit_s, place.4 AS settling
    FROM
    (
        SELECT arrayJoin(arrayZip(
            {logs:Array(String)}, {partitions:Array(Int32)}, {units:Array(UInt32)}, {settlings:Array(UInt128)}
        )) AS place
    )
) AS attempt
    ON usage.log = attempt.log AND usage.partition = attempt.partition AND toUnixTimestamp($unit) = attempt.unit_s
WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
GROUP BY unit, $keys, attempt.settling

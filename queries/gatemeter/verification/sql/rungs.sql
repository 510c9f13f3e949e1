-- Purpose: the settled units of a rung whose rows do not add up to what the rung below has.
-- Slots: rung and below, views or tables of rows; table; settling, the column of settled_usage that names the attempt;
--   unit, SQL of a unit's first hour; totals, an array of what the rows of a unit add up to, as texts.
-- Parameters: from, to DateTime('UTC'), units with hours in [from, to).
-- Columns: settled (how many units), differences, differing: log, partition, unit, found and expected (empty where there are no
--   rows) of the first 1,000.
WITH
    (
        SELECT groupUniqArray((log, partition, $unit, $settling))
        FROM (SELECT *, day AS hour FROM settled_usage) AS usage
        WHERE table = '$table' AND $settling != 0 AND day >= {from:DateTime('UTC')} AND day < {to:DateTime('UTC')}
    ) AS units
SELECT
    length(units) AS settled,
    count() AS differences,
    arraySlice(groupArray((log, partition, toUnixTimestamp(unit), found, expected)), 1, 1000) AS differing
FROM
(
    SELECT log, partition, unit, anyIf(totals, is_rung) AS found, anyIf(totals, NOT is_rung) AS expected
    FROM
    (
        SELECT true AS is_rung, usage.log AS log, usage.partition AS partition, usage.hour AS unit, $totals AS totals
        FROM $rung AS usage
        WHERE usage.settling IN (SELECT arrayJoin(units).4)
        GROUP BY log, partition, unit
        UNION ALL
        SELECT false AS is_rung, usage.log AS log, usage.partition AS partition, $unit AS unit, $totals AS totals
        FROM $below AS usage
        WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
            AND $unit IN (SELECT arrayJoin(units).3)
            AND (usage.log, usage.partition, $unit) IN
            (
                SELECT (each.1, each.2, each.3)
                FROM (SELECT arrayJoin(units) AS each)
            )
        GROUP BY log, partition, unit
    )
    GROUP BY log, partition, unit
)
WHERE found != expected

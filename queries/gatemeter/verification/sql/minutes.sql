-- Purpose: the minutes of each hour add up to the hour, epoch by epoch and measure by measure.
-- Slots: measures, SQL of what rows of `usage` add up to, as texts; the last one is a sum of hashes of keys.
-- Parameters: from, to DateTime('UTC'), hours in [from, to) whose minutes cannot have expired.
-- Columns: hours (how many were compared, those of several epochs as often), rows, differences, differing (the first
--   1,000 as tuples of topic, log, partition, first_offset, next_offset, hour in Unix seconds, found, expected; empty
--   where there are no rows).
-- An hour with rows ahead of the ledger cannot be compared; the check ROWS_AHEAD reports it.
SELECT
    count() AS hours,
    toUInt64(sum(compared.row_count)) AS rows,
    countIf(compared.found != compared.expected) AS differences,
    groupArraySortedIf(1000)(
        (
            compared.topic, compared.log, compared.partition, compared.epoch_first_offset, compared.version,
            toInt64(toUnixTimestamp(compared.hour)), compared.found, compared.expected
        ),
        compared.found != compared.expected
    ) AS differing
FROM
(
    SELECT
        any(ledger.topic) AS topic,
        totals.log AS log,
        totals.partition AS partition,
        totals.epoch_first_offset AS epoch_first_offset,
        any(ledger.version) AS version,
        totals.begin AS hour,
        anyIf(totals.measures, totals.is_minutes = 1) AS found,
        anyIf(totals.measures, totals.is_minutes = 0) AS expected,
        sum(totals.row_count) AS row_count
    FROM
    (
        SELECT
            0 AS is_minutes, usage.log AS log, usage.partition AS partition,
            usage.epoch_first_offset AS epoch_first_offset, usage.hour AS begin, $measures AS measures,
            max(usage.version) AS last_version, count() AS row_count
        FROM api_usage_hourly AS usage FINAL
        WHERE usage.hour >= {from:DateTime('UTC')} AND usage.hour < {to:DateTime('UTC')}
        GROUP BY log, partition, epoch_first_offset, begin
        UNION ALL
        SELECT
            1, usage.log, usage.partition, usage.epoch_first_offset, toStartOfHour(usage.minute, 'UTC') AS begin,
            $measures, max(usage.version), count()
        FROM api_usage_minutely AS usage FINAL
        WHERE usage.minute >= {from:DateTime('UTC')} AND usage.minute < {to:DateTime('UTC')}
        GROUP BY usage.log, usage.partition, usage.epoch_first_offset, begin
    ) AS totals
    INNER JOIN
    (
        SELECT log, partition, epoch_first_offset, version, topic, minutes_from
        FROM epoch_ledger FINAL
        WHERE minutes_from IS NOT NULL
    ) AS ledger
        ON totals.log = ledger.log AND totals.partition = ledger.partition
        AND totals.epoch_first_offset = ledger.epoch_first_offset
    WHERE totals.begin >= ledger.minutes_from
    GROUP BY log, partition, epoch_first_offset, hour
    HAVING max(totals.last_version) <= version
) AS compared
SETTINGS do_not_merge_across_partitions_select_final = 1

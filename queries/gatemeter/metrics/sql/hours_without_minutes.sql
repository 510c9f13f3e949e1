-- Purpose: hours in which requests were counted, and not per minute: by an older version, or as they were too old then.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); allowed_consumers and allowed_workspaces as in
--   reports/parts/named.sql.
-- Columns: hours (how many there are, those of several epochs as often); last_hour_s, the last of them in Unix seconds.
-- An epoch that the ledger does not know yet is being written.
SELECT count() AS hours, toInt64(toUnixTimestamp(max(usage.hour))) AS last_hour_s
FROM
(
    SELECT DISTINCT log, partition, epoch_first_offset, hour
    FROM api_usage_hourly
    WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        AND (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, workspace))
        AND (
            empty({allowed_consumers:Array(String)})
            OR hasAny([consumer_id, consumer_username, consumer_custom_id], {allowed_consumers:Array(String)})
        )
) AS usage
INNER JOIN
(
    SELECT log, partition, epoch_first_offset, minutes_from
    FROM epoch_ledger FINAL
) AS ledger
    ON usage.log = ledger.log AND usage.partition = ledger.partition
    AND usage.epoch_first_offset = ledger.epoch_first_offset
WHERE ledger.minutes_from IS NULL OR ledger.minutes_from > usage.hour

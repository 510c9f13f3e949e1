-- Purpose: the CTE `checked_epochs`, in the place of ../checked_epochs.sql, of the epochs with usage in a span. An epoch
--   is left out if it has rows of usage and none of them has an hour in [from, to). An epoch without rows may have lost
--   them, so it is in every span.
-- Parameters: from, to DateTime('UTC').
-- Columns: those of epoch_ledger.
checked_epochs AS
(
    SELECT *
    FROM epoch_ledger FINAL
    WHERE (log, partition, epoch_first_offset) NOT IN (
        SELECT log, partition, epoch_first_offset
        FROM
        (
            SELECT log, partition, epoch_first_offset, hour FROM api_usage_hourly
            UNION ALL
            SELECT log, partition, epoch_first_offset, hour FROM llm_usage_hourly
            UNION ALL
            SELECT log, partition, epoch_first_offset, hour FROM agentic_usage_hourly
            UNION ALL
            SELECT log, partition, epoch_first_offset, hour FROM stream_sessions_hourly
            UNION ALL
            SELECT log, partition, epoch_first_offset, hour FROM meter_usage_hourly
        )
        GROUP BY log, partition, epoch_first_offset
        HAVING countIf(hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}) = 0
    )
)

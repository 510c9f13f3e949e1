-- Purpose: the CTE `stored_epochs`: what each table of usage holds of each epoch, whether the ledger knows it or not.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: table, log, partition, epoch_first_offset, last_version, in_span (the epoch has rows of the span, or the
--   table has no hours), stored_rows (replaced versions included).
stored_epochs AS
(
    SELECT
        'api_usage_hourly' AS table, log, partition, epoch_first_offset, max(version) AS last_version,
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})) AS in_span,
        count() AS stored_rows
    FROM api_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'llm_usage_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM llm_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'agentic_usage_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM agentic_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'stream_sessions_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM stream_sessions_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'meter_usage_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM meter_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT 'monthly_requests', log, partition, epoch_first_offset, max(version), 1, count()
    FROM monthly_requests
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    -- A dead letter belongs to the epoch that holds its offset. Dead letters before all epochs are taken together.
    SELECT
        'dead_letters', locations.log, locations.partition,
        if(any(ledger.is_known) = 1, any(ledger.begin), min(locations.offset)),
        max(locations.offset) + 1, 1, count()
    FROM (SELECT log, partition, offset FROM dead_letters FINAL) AS locations
    ASOF LEFT JOIN
    (
        SELECT log, partition, epoch_first_offset AS begin, 1 AS is_known
        FROM epoch_ledger FINAL
    ) AS ledger
        ON locations.log = ledger.log AND locations.partition = ledger.partition AND locations.offset >= ledger.begin
    GROUP BY locations.log, locations.partition, ledger.is_known, ledger.begin
)
